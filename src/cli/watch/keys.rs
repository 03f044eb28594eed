//! What the keys of `mlopsgen watch` do.

use super::editor;
use super::told::{Pause, Told, Why};
use super::{Attention, Failure, Step, Watcher};
use crate::cli::past::Past;
use crate::cli::terminal::{GREEN, RED, Stopwatch};
use crate::diag::{Fix, Sources, one_line};
use crate::pipeline::{self, Plan, Run};
use crate::watch::keys::{Keys, REDRAW};
use crate::workspace::Changes;

const HELP: &str = "
  1-9  make the fix of this number, as `mlopsgen check --fix` would
  o    open the first problem in $VISUAL or $EDITOR
  u    undo the last change of the inputs; again: redo it. What was edited since stays
  p    pause, and go on
  r    make all again
  d    show what the last entry changed in artifacts
  q    quit
";

/// How many fixes have a key.
const FIXES: usize = 9;

/// What is wrong now, for the keys that do something about it.
#[derive(Default)]
pub(super) struct Wrong {
    sources: Sources,
    fixes: Vec<Fix>,
    /// The path and line of the first problem in a file.
    place: Option<(String, usize)>,
}

impl Wrong {
    /// Looks through the findings of a run.
    pub(super) fn of(run: &Run) -> Self {
        let fixes = run.diagnostics.iter().flat_map(|d| &d.fixes);
        let first = run.diagnostics.iter().find_map(|d| d.primary.as_ref());
        Self {
            fixes: fixes.take(FIXES).cloned().collect(),
            place: first.map(|label| {
                let path = run.sources.path(label.span.file).to_owned();
                (path, run.sources.position(label.span).line)
            }),
            sources: run.sources.clone(),
        }
    }

    /// Each fix with its place, as people read it.
    pub(super) fn titles(&self) -> Vec<String> {
        let title = |fix: &Fix| {
            let place = self.sources.place(fix.span);
            format!("{}  {}", one_line(place), one_line(&*fix.title))
        };
        self.fixes.iter().map(title).collect()
    }
}

impl Watcher<'_, '_> {
    /// Does what a key asks for.
    pub(super) fn press(&mut self, key: char, keys: Option<&Keys>) -> Result<Step, Failure> {
        match key {
            'q' => return Ok(Step::Stop),
            'h' | '?' => self.teller.show(HELP)?,
            'p' => return self.pause(),
            'r' => {
                self.live = pipeline::Live::default();
                self.seen.forget();
                self.changes = Changes::all();
                let run = self.run()?;
                return self.regenerate(run, (Stopwatch::start(), Why::Asked));
            }
            'd' => self.show_last()?,
            'u' => self.undo()?,
            'o' => self.open(keys)?,
            '1'..='9' => self.fix(key)?,
            REDRAW => self.teller.redraw()?,
            _ => {}
        }
        Ok(Step::Go)
    }

    /// Stops taking changes up, or takes up those that came meanwhile.
    fn pause(&mut self) -> Result<Step, Failure> {
        let before = self.attention;
        if before == Attention::All {
            self.attention = Attention::Waiting;
            self.teller.tell(&Told::Paused(Pause {
                reason: "changes wait".to_owned(),
                hint: "press p to go on",
            }))?;
            return Ok(Step::Go);
        }
        self.attention = Attention::All;
        self.teller.tell(&Told::Resumed)?;
        if before == Attention::Missed {
            let run = self.run_whole()?;
            return self.regenerate(run, (Stopwatch::start(), Why::Changed));
        }
        Ok(Step::Go)
    }

    /// Shows what the last entry changed.
    fn show_last(&mut self) -> Result<(), Failure> {
        let mut text = String::new();
        for line in self.changed.iter().flat_map(|f| diff_lines(&f.unified())) {
            text.push_str(&line);
        }
        if text.is_empty() {
            "no artifact changed\n".clone_into(&mut text);
        }
        self.teller.show(&text)
    }

    /// Puts the inputs of the last entry back.
    fn undo(&mut self) -> Result<(), Failure> {
        let planned = match &self.undo {
            Ok(undo) => undo.plan(&self.project.world)?,
            Err(reason) => Err(reason.clone()),
        };
        let plan = match planned {
            Ok(plan) if plan.files.is_empty() => return self.notice("there is nothing to undo"),
            Ok(plan) => plan,
            Err(reason) => return self.notice(&format!("nothing is undone: {reason}")),
        };
        let mut kept = Vec::new();
        if !self.is_committed {
            // There is no other copy.
            let past = Past::of(&self.project);
            for file in &plan.files {
                if let Some(bytes) = &file.before {
                    kept.push(past.displace(&file.path, bytes)?);
                }
            }
        }
        if !self.carry_out(&plan)? {
            return Ok(());
        }
        let paths: Vec<&str> = plan.files.iter().map(|f| f.path.as_str()).collect();
        let copies = if kept.is_empty() {
            String::new()
        } else {
            format!("; what it was is kept in {}", kept.join(", "))
        };
        self.notice(&format!("undone: {}{copies}", paths.join(", ")))
    }

    /// Makes the fix of a number.
    fn fix(&mut self, key: char) -> Result<(), Failure> {
        let number = key.to_digit(10).and_then(|n| usize::try_from(n).ok());
        let at = number.and_then(|n| n.checked_sub(1));
        let Some(fix) = at.and_then(|at| self.wrong.fixes.get(at)).cloned() else {
            return Ok(());
        };
        match pipeline::fix_one(&fix, &self.wrong.sources, &self.project.world)? {
            Ok(file) => {
                let plan = Plan {
                    files: vec![file],
                    ..Plan::default()
                };
                // The entry that follows tells the rest.
                self.carry_out(&plan).map(|_| ())
            }
            Err(reason) => self.notice(&format!("not fixed: {reason}")),
        }
    }

    /// Writes inputs; whether nobody changed one at that moment.
    fn carry_out(&mut self, plan: &Plan) -> Result<bool, Failure> {
        let past = Past::of(&self.project);
        let applied = past.apply(plan)?;
        let mut told: Vec<String> = applied.displaced.iter().map(|d| past.describe(d)).collect();
        told.extend(
            applied.held.iter().map(|path| {
                format!("{path} was changed by somebody else at this moment: it is kept")
            }),
        );
        told.iter().try_for_each(|t| self.notice(t))?;
        Ok(applied.held.is_empty())
    }

    /// Opens the first problem in the editor of the user, and waits for it.
    fn open(&mut self, keys: Option<&Keys>) -> Result<(), Failure> {
        let Some((path, line)) = self.wrong.place.clone() else {
            return self.notice("there is no problem to open");
        };
        if !self.project.has(&path) {
            let advice = format!("{path} is built in: `mlopsgen eject {path}` makes it yours");
            return self.notice(&advice);
        }
        let open = || editor::open(&self.project.root.join(&path), line);
        let opened = match keys {
            Some(keys) => keys.lend(open),
            None => open(),
        };
        match opened {
            Ok(()) => self.teller.redraw(),
            Err(reason) => self.notice(&reason),
        }
    }

    fn notice(&mut self, text: &str) -> Result<(), Failure> {
        self.teller.tell(&Told::Notice(text.to_owned()))
    }
}

/// The lines of a unified diff, coloured.
fn diff_lines(diff: &str) -> Vec<String> {
    let line = |line: &str| match line.as_bytes().first() {
        Some(b'+') => format!("{GREEN}{line}{GREEN:#}\n"),
        Some(b'-') => format!("{RED}{line}{RED:#}\n"),
        _ => format!("{line}\n"),
    };
    diff.lines().map(line).collect()
}
