//! Where a watch tells what it tells: on a terminal, above lines that stay at the bottom as long as they are true; elsewhere
//! line after line; or as JSON.

use unicode_width::UnicodeWidthStr as _;

use super::told::{Pause, Told};
use super::{json, people};
use crate::cli::Failure;
use crate::cli::args::Watch;
use crate::cli::terminal::{DIM, Terminal, drawable};
use crate::diag::{Severity, counted, one_line};

/// The form in which things are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Lines,
    Screen,
}

/// Tells people or machines.
pub(super) struct Teller<'t> {
    pub(super) terminal: &'t mut Terminal,
    form: Form,
    /// Whether the bell rings when something goes wrong or is right again.
    rings: bool,
    folder: String,
    bottom: Bottom,
    /// The lines of the bottom as they are on the screen.
    drawn: String,
    /// The title of the window.
    title: String,
}

/// What is told as long as it is true.
#[derive(Default)]
struct Bottom {
    /// What is wrong, and what that holds.
    wrong: String,
    /// How many errors there are.
    errors: usize,
    /// The fixes that a key makes.
    fixes: Vec<String>,
    pause: Option<Pause>,
    /// Whether keys are listened to.
    keys: bool,
}

impl<'t> Teller<'t> {
    pub(super) fn new(options: &Watch, folder: String, terminal: &'t mut Terminal) -> Self {
        let form = match drawable() {
            _ if options.json => Form::Json,
            Some(_) => Form::Screen,
            None => Form::Lines,
        };
        Self {
            terminal,
            form,
            rings: options.notify,
            folder,
            bottom: Bottom::default(),
            drawn: String::new(),
            title: String::new(),
        }
    }

    /// Whether this is a terminal, of which keys may come.
    pub(super) fn is_screen(&self) -> bool {
        self.form == Form::Screen
    }

    /// Says that keys are listened to.
    pub(super) fn offer_keys(&mut self) {
        self.bottom.keys = true;
    }

    /// Tells something.
    pub(super) fn tell(&mut self, told: &Told<'_>) -> Result<(), Failure> {
        if self.form == Form::Json {
            return self.terminal.line(&json::line(told));
        }
        let was_wrong = self.bottom.errors > 0;
        self.remember(told);
        let is_wrong = self.bottom.errors > 0;
        let mut lines = people::lines(told, self.terminal);
        if matches!(told, Told::Ready(_)) {
            let end = if self.bottom.keys {
                "h help"
            } else {
                "Ctrl-C stops"
            };
            lines = format!("{lines}{DIM}{end}{DIM:#}\n\n");
        }
        if self.form == Form::Lines {
            // What is wrong is the last thing that is told, again and again.
            let again = if matches!(told, Told::Stopped) {
                ""
            } else {
                &self.bottom.wrong
            };
            return self.terminal.print(&(lines + again));
        }
        let mut lines = self.terminal.painted(&lines);
        if matches!(told, Told::Ready(_)) {
            // The title from before comes back at the end.
            lines.insert_str(0, "\u{1b}[22;0t");
        }
        let title = self.title_now();
        if title != self.title {
            lines.push_str(&title);
            self.title = title;
        }
        if matches!(told, Told::Stopped) {
            self.bottom.keys = false;
            lines.push_str("\u{1b}[23;0t");
        }
        if self.rings && was_wrong != is_wrong {
            lines.push('\u{7}');
        }
        self.draw(&lines)
    }

    /// Prints lines that a key asked for; `text` ends with a line break.
    pub(super) fn show(&mut self, text: &str) -> Result<(), Failure> {
        let text = self.terminal.painted(text);
        self.draw(&text)
    }

    /// Draws the bottom again.
    pub(super) fn redraw(&mut self) -> Result<(), Failure> {
        self.draw("")
    }

    /// Says which fixes the keys make, from 1 on. To be called before what they fix is told.
    pub(super) fn offer_fixes(&mut self, fixes: Vec<String>) {
        self.bottom.fixes = fixes;
    }

    fn remember(&mut self, told: &Told<'_>) {
        let bottom = &mut self.bottom;
        match told {
            Told::Problems(problems) => {
                bottom.errors = problems.run.diagnostics.count(Severity::Error);
            }
            Told::Entry(entry) => {
                bottom.errors = entry.findings.iter().filter(|f| f.is_error()).count();
                bottom.fixes.clear();
            }
            Told::Fixed { .. } => {
                bottom.errors = 0;
                bottom.fixes.clear();
            }
            Told::Paused(pause) => bottom.pause = Some(pause.clone()),
            Told::Resumed => bottom.pause = None,
            Told::Ready(_) | Told::Notice(_) | Told::Stopped => return,
        }
        if !matches!(told, Told::Paused(_) | Told::Resumed) {
            bottom.wrong = people::lasting(told, self.terminal);
        }
    }

    fn title_now(&self) -> String {
        let errors = match self.bottom.errors {
            0 => String::new(),
            n => counted(n, "error"),
        };
        let folder = one_line(&*self.folder);
        if errors.is_empty() {
            format!("\u{1b}]0;mlopsgen: {folder}\u{7}")
        } else {
            format!("\u{1b}]0;● {folder}: {errors}\u{7}")
        }
    }

    /// Puts lines above the bottom, and draws that below them.
    fn draw(&mut self, lines: &str) -> Result<(), Failure> {
        if self.form != Form::Screen {
            return self.terminal.print(lines);
        }
        let (width, height) = drawable().unwrap_or((80, 24));
        let mut out = match rows(&self.drawn, width) {
            0 => String::new(),
            above => format!("\u{1b}[{above}A\r\u{1b}[J"),
        };
        let text = self.terminal.painted(&self.bottom.text());
        self.drawn = fitting(&text, (width, height));
        out.push_str(lines);
        out.push_str(&self.drawn);
        self.terminal
            .stream(|to| std::io::Write::write_all(to, out.as_bytes()))
    }
}

impl Bottom {
    fn text(&self) -> String {
        if !self.keys {
            return self.wrong.clone();
        }
        let fixes = self.fixes.iter().enumerate();
        let fixes: String = fixes
            .map(|(at, fix)| ["[", &(at + 1).to_string(), "] ", fix, "\n"].concat())
            .collect();
        let pause = self.pause.as_ref().map_or_else(String::new, |pause| {
            let reason = one_line(&*pause.reason);
            format!("{DIM}paused: {reason}; {}{DIM:#}\n", pause.hint)
        });
        let text = [&*self.wrong, &*fixes, &*pause].concat();
        if text.is_empty() {
            return text;
        }
        let fix = if self.fixes.is_empty() {
            ""
        } else {
            "[1] fix  "
        };
        text + &format!("{DIM}{fix}{KEYS}{DIM:#}\n")
    }
}

const KEYS: &str = "[o] open in editor  [u] undo  [p] pause  [r] run all  [d] diff  [q] quit";

/// How many rows lines take on a terminal, which goes on in the next row where one is too long.
fn rows(text: &str, width: usize) -> usize {
    text.lines().map(|line| rows_of(line, width)).sum()
}

fn rows_of(line: &str, width: usize) -> usize {
    let plain = anstream::adapter::strip_str(line).to_string();
    plain.width().div_ceil(width).max(1)
}

/// As many of the lines as can be taken back: the first and the last ones, where there are too many.
fn fitting(text: &str, (width, height): (usize, usize)) -> String {
    let room = height.saturating_sub(2).max(1);
    if rows(text, width) <= room {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.lines().collect();
    // What is held and the keys are at the end.
    let kept = lines.len().saturating_sub(LAST);
    let (first, last) = lines.split_at(kept);
    let taken: usize = last.iter().map(|l| rows_of(l, width)).sum();
    let told = |more: usize| format!("… {more} more lines: `mlopsgen check` shows all");
    let mut left = room.saturating_sub(taken + rows_of(&told(lines.len()), width));
    let fits = |line: &&&str| {
        let rows = rows_of(line, width);
        let fits = rows <= left;
        left = left.saturating_sub(rows);
        fits
    };
    let shown: Vec<&str> = first.iter().take_while(fits).copied().collect();
    let told = told(first.len() - shown.len());
    let all = shown.into_iter().chain([told.as_str()]);
    all.chain(last.iter().copied())
        .map(|line| [line, "\n"].concat())
        .collect()
}

/// How many lines at the end are shown in any case.
const LAST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_and_wide_characters_take_more_rows() {
        assert_eq!(rows("", 10), 0);
        assert_eq!(rows("\n", 10), 1);
        assert_eq!(rows("0123456789\n0123456789a\n", 10), 3);
        assert_eq!(rows("\u{1b}[31m0123456789\u{1b}[0m\n", 10), 1);
        assert_eq!(rows("語語語語語語\n", 10), 2);
    }

    #[test]
    fn the_bottom_leaves_room_and_keeps_its_end() {
        let lines = (0..50).map(|n| ["line ", &n.to_string(), "\n"].concat());
        let text: String = lines.collect();
        assert_eq!(rows(&fitting(&text, (30, 12)), 30), 10);
        let shown = fitting(&text, (60, 12));
        assert_eq!(rows(&shown, 60), 10);
        assert!(shown.starts_with("line 0\n") && shown.ends_with("line 48\nline 49\n"));
        assert!(shown.contains("… 41 more lines"));
        assert_eq!(fitting("one\n", (60, 12)), "one\n");
    }
}
