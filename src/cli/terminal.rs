//! Where output goes: products to stdout, narration and failures to stderr, colours where they are wanted.
#![expect(
    clippy::disallowed_methods,
    reason = "whether colours are wanted is said by the environment"
)]

use std::io::{self, IsTerminal as _, Write as _};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style as Ansi};

use super::Failure;
use super::args::{Color, Format};
use super::project::Project;
use crate::diag::render::{self, Style};
use crate::diag::{Diagnostic, Diagnostics, Sources, counted};
use crate::git::within;
use crate::pipeline::{PACK_NAME, Run, VERSION};

pub(super) const BOLD: Ansi = Ansi::new().bold();
pub(super) const DIM: Ansi = Ansi::new().dimmed();
pub(super) const GREEN: Ansi = AnsiColor::Green.on_default();
pub(super) const RED: Ansi = AnsiColor::Red.on_default();
pub(super) const YELLOW: Ansi = AnsiColor::Yellow.on_default();
pub(super) const CYAN: Ansi = AnsiColor::Cyan.on_default();

/// How many findings people are shown; the forms for machines have them all.
const MAX_SHOWN: usize = 1000;

/// The two streams of the process.
#[derive(Debug)]
pub(super) struct Terminal {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    style: Style,
    quiet: bool,
    /// Where the workspace lies in its repository, where it is not the top.
    prefix: String,
}

impl Terminal {
    pub(super) fn new(color: Color, quiet: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        let wanted = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR") => false,
            Color::Auto if set("FORCE_COLOR") || set("CLICOLOR_FORCE") => true,
            Color::Auto => {
                io::stdout().is_terminal() && std::env::var("TERM").is_ok_and(|t| t != "dumb")
            }
        };
        let choice = if wanted {
            anstream::ColorChoice::AlwaysAnsi
        } else {
            anstream::ColorChoice::Never
        };
        Self {
            out: AutoStream::new(io::stdout(), choice),
            err: AutoStream::new(io::stderr(), choice),
            style: if wanted {
                Style::Coloured
            } else {
                Style::Plain
            },
            quiet,
            prefix: String::new(),
        }
    }

    /// What findings are of. Services that show them beside code name files from the top of the repository.
    pub(super) fn finds_in(&mut self, project: &Project, format: Format) -> Result<(), Failure> {
        if matches!(format, Format::Github | Format::Sarif)
            && let Some(repository) = project.repository()?
        {
            self.prefix = repository.prefix_of(&project.root)?;
        }
        Ok(())
    }

    /// Prints a product.
    pub(super) fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// Prints a product that is written in pieces.
    #[expect(clippy::unused_self, reason = "only who has the terminal may print")]
    pub(super) fn stream(
        &mut self,
        with: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        // The bytes go out as they are: a model has no colours, and need not be UTF-8.
        let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        with(&mut out)?;
        Ok(out.flush()?)
    }

    /// The text as it goes out: without escape sequences where no colours are wanted.
    pub(super) fn painted(&self, text: &str) -> String {
        match self.style {
            Style::Coloured => text.to_owned(),
            Style::Plain => anstream::adapter::strip_str(text).to_string(),
        }
    }

    /// Findings as people read them.
    pub(super) fn shown<'d>(
        &self,
        found: impl IntoIterator<Item = &'d Diagnostic>,
        sources: &Sources,
    ) -> String {
        let all = found.into_iter().take(MAX_SHOWN);
        all.map(|d| render::human(d, sources, self.style) + "\n\n")
            .collect()
    }

    /// Prints a line of a product.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{text}\n"))
    }

    /// Tells what is going on, unless the user wants quiet.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        if self.quiet {
            return Ok(());
        }
        writeln!(self.err, "{text}")?;
        Ok(())
    }

    /// Prints findings to stdout, where they are the product.
    pub(super) fn findings(
        &mut self,
        found: &Diagnostics,
        sources: &Sources,
        format: Format,
    ) -> Result<(), Failure> {
        let text = self.render(found, sources, format);
        self.print(&text)
    }

    /// Prints findings to stderr, beside a product.
    pub(super) fn warn(
        &mut self,
        found: &Diagnostics,
        sources: &Sources,
        format: Format,
    ) -> Result<(), Failure> {
        let text = self.render(found, sources, format);
        self.err.write_all(text.as_bytes())?;
        Ok(())
    }

    fn render(&self, found: &Diagnostics, sources: &Sources, format: Format) -> String {
        let is_own = |path: &str| !path.starts_with(&format!("{PACK_NAME}:"));
        let from_top = |path: &str| {
            if is_own(path) {
                within(&self.prefix, path)
            } else {
                path.to_owned()
            }
        };
        let renamed = (!self.prefix.is_empty()).then(|| sources.renamed(from_top));
        let sources = renamed.as_ref().unwrap_or(sources);
        let lines = |one: &dyn Fn(&Diagnostic) -> String, gap: &str| {
            found
                .iter()
                .map(|d| format!("{}\n{gap}", one(d)))
                .collect::<Vec<_>>()
                .concat()
        };
        match format {
            Format::Human => {
                let mut text = self.shown(found.iter(), sources);
                if let Some(more @ 1..) = found.len().checked_sub(MAX_SHOWN) {
                    text.push_str(&["and ", &more.to_string(), " more findings\n\n"].concat());
                }
                text
            }
            Format::Short => lines(&|d| render::short(d, sources), ""),
            Format::Github => lines(&|d| render::github(d, sources), ""),
            Format::Json => render::json(found, sources),
            Format::Sarif => render::sarif(found, sources, VERSION),
        }
    }

    pub(super) fn failure(&mut self, failure: &Failure) {
        let mut parts = vec![format!(
            "{RED}{BOLD}error{BOLD:#}{RED:#}: {}",
            failure.text()
        )];
        if let Some(hint) = failure.advice() {
            parts.push(format!("\nhint: {hint}"));
        }
        // There is nobody to tell that stderr is closed.
        drop(writeln!(self.err, "{}", parts.concat()));
    }

    pub(super) fn our_bug(&mut self) {
        let text = "this is a bug of mlopsgen, not of your files; nothing was committed. Please report it with the lines above";
        drop(writeln!(
            self.err,
            "{RED}{BOLD}internal error{BOLD:#}{RED:#}: {text}"
        ));
    }
}

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Measures from a moment that has passed.
    pub(super) fn since(moment: std::time::Instant) -> Self {
        Self(moment)
    }

    pub(super) fn elapsed(self) -> std::time::Duration {
        self.0.elapsed()
    }

    /// `12 ms`, `1.4 s`.
    pub(super) fn show(self) -> String {
        show(self.0.elapsed())
    }
}

/// `12 ms`, `1.4 s`.
pub(super) fn show(time: std::time::Duration) -> String {
    if time.as_millis() < 1000 {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

/// The width and height of the terminal at stdout; `None` where there is none that can be drawn on.
pub(super) fn drawable() -> Option<(usize, usize)> {
    let out = io::stdout();
    if !out.is_terminal() || std::env::var("TERM").is_ok_and(|t| t == "dumb") {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(&out).ok()?;
    let or = |n: u16, usual| if n == 0 { usual } else { usize::from(n) };
    Some((or(size.ws_col, 80), or(size.ws_row, 24)))
}

/// The moment, for machines: RFC 3339 with the time zone of the machine.
pub(super) fn moment() -> String {
    jiff::Zoned::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// The time of day, in the time zone of the machine.
pub(super) fn now() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}
/// What a run was about: `2 models, 9 constraints, 52 rules, 24 templates, 48 artifacts`.
pub(super) fn scope(run: &Run) -> String {
    let artifacts = run.artifacts().count();
    let all = [
        (run.model_files, "model"),
        (run.constraints.len(), "constraint"),
        (run.rules, "rule"),
        (run.templates.len(), "template"),
        (artifacts, "artifact"),
    ];
    // Many workspaces have no constraints.
    let all = all.iter().filter(|a| a.0 > 0 || a.1 != "constraint");
    let all: Vec<String> = all.map(|(count, noun)| counted(*count, noun)).collect();
    all.join(", ")
}
