//! Loading and saving models of three sizes and two shapes, beside real EMF and `PyEcore` in the same run.
//!
//! `cargo bench --bench models -- --help` tells what can be chosen. The absolute times are those of this machine and
//! hour; the ratios count. No time is used before the results were compared: as many objects as were generated, and
//! the bytes that we save equal to those that EMF saves.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads and writes files, starts the peers and prints a table"
)]

mod generate;
mod measure;
mod ours;
#[path = "../common/peer.rs"]
mod peer;
#[path = "../common/process.rs"]
mod process;
mod sink;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use generate::Shape;
use peer::{Peer, Peers, Programs, Script};
use sink::Form;

const PROGRAMS: Programs = Programs {
    folder: "models",
    java: Some("EmfBench"),
    python: Some(Script {
        file: "pyecore_bench.py",
        module: "pyecore",
        package: "pyecore==0.15.2",
    }),
};

/// What to measure.
#[derive(Debug, Parser)]
struct Options {
    /// Sizes, in objects.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sizes: Vec<u64>,
    /// Shapes: railway, catalog.
    #[arg(long, value_delimiter = ',', default_value = "railway,catalog")]
    shapes: Vec<String>,
    /// Forms: places and ids (XMI), yaml.
    #[arg(long, value_delimiter = ',', default_value = "places,ids,yaml")]
    forms: Vec<String>,
    /// Rounds, of which the medians are shown; the largest models get three at most.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The largest size that `PyEcore` is asked for: it is slow.
    #[arg(long, default_value_t = 100_000)]
    pyecore_up_to: u64,
    /// Leave the cold start out.
    #[arg(long)]
    no_cold: bool,
    /// Answer for one model (used by the benchmark itself).
    #[arg(long, hide = true, num_args = 2)]
    serve: Option<Vec<PathBuf>>,
    /// Passed by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.serve.as_deref() {
        Some([metamodel, file]) => ours::serve(metamodel, file),
        _ => run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    let peers = Peers::find(PROGRAMS, &folder);
    for reason in &peers.missing {
        println!("skipped {reason}");
    }
    table::head();
    let mut failed = false;
    for shape in [Shape::Railway, Shape::Catalog] {
        for form in [Form::Places, Form::Ids, Form::Yaml] {
            let form_name = if form == Form::Yaml {
                "yaml"
            } else {
                form.name()
            };
            let chosen = |words: &[String], word: &str| words.iter().any(|w| w == word);
            if !chosen(&options.shapes, shape.name()) || !chosen(&options.forms, form_name) {
                continue;
            }
            for size in &options.sizes {
                let model = generate::generate(&folder.join("models"), shape, form, *size)
                    .map_err(|e| e.to_string())?;
                let mut who = vec![Peer::Ours];
                if form != Form::Yaml {
                    who.push(Peer::Emf);
                    if *size <= options.pyecore_up_to {
                        who.push(Peer::Python);
                    }
                }
                let rounds = if *size > 300_000 {
                    options.rounds.min(3)
                } else {
                    options.rounds
                };
                let results = measure::model(&peers, &who, &shape.metamodel(), &model, rounds);
                failed |= table::model(&format!("{} {form_name}", shape.name()), &model, &results);
            }
        }
    }
    if !options.no_cold {
        let model = generate::generate(&folder.join("models"), Shape::Railway, Form::Places, 100)
            .map_err(|e| e.to_string())?;
        table::cold(&measure::cold(&peers, &Shape::Railway.metamodel(), &model));
    }
    table::legend();
    if failed {
        Err("some results are wrong, see above".to_owned())
    } else {
        Ok(())
    }
}
