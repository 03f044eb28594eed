//! Makes the models: the same bytes on every machine, in XMI for mlopsgen and in JSON for its peers.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

const COLUMNS: u64 = 8;
const PARAMETERS: u64 = 5;

/// Writes a model of so many pipelines into a folder, in both forms.
pub(crate) fn pipelines(folder: &Path, count: u64) -> io::Result<[PathBuf; 2]> {
    fs::create_dir_all(folder)?;
    let files = ["xmi", "json"].map(|form| folder.join(format!("pipelines-{count}.{form}")));
    let [mut xmi, mut json] = [
        BufWriter::new(File::create(&files[0])?),
        BufWriter::new(File::create(&files[1])?),
    ];
    writeln!(xmi, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    write!(
        xmi,
        "<bench:Pipelines xmi:version=\"2.0\" xmlns:xmi=\"http://www.omg.org/XMI\""
    )?;
    writeln!(xmi, " xmlns:bench=\"http://example.org/bench\">")?;
    write!(json, "[")?;
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        write!(json, "{comma}\n{}", one_in_json(number))?;
        one_in_xmi(&mut xmi, number)?;
    }
    writeln!(xmi, "</bench:Pipelines>")?;
    writeln!(json, "\n]")?;
    xmi.flush()?;
    json.flush()?;
    Ok(files)
}

/// What a pipeline is called, what is said of it, and its numbers.
struct Said {
    names: [(&'static str, String); 4],
    numbers: [(&'static str, u64); 2],
    served: bool,
}

fn said(number: u64) -> Said {
    Said {
        names: [
            ("name", format!("pipeline-{number}")),
            ("package", format!("pipeline_{number}")),
            ("version", format!("1.{}.{}", number % 10, number % 7)),
            ("description", format!("Tells good from bad, case {number}")),
        ],
        numbers: [("port", 8000 + number % 100), ("replicas", 1 + number % 4)],
        served: !number.is_multiple_of(3),
    }
}

fn column(pipeline: u64, number: u64) -> (String, &'static str, bool) {
    let types = ["number", "integer", "string", "boolean"];
    let of = usize::try_from((pipeline + number) % 4).unwrap_or(0);
    (
        format!("column{number}"),
        types[of],
        number.is_multiple_of(3),
    )
}

fn parameter(pipeline: u64, number: u64) -> (String, u64) {
    (format!("parameter_{number}"), pipeline * 10 + number)
}

fn one_in_xmi(out: &mut impl Write, number: u64) -> io::Result<()> {
    let Said {
        names,
        numbers,
        served,
    } = said(number);
    write!(out, "  <pipelines")?;
    for (name, value) in names {
        write!(out, " {name}=\"{value}\"")?;
    }
    for (name, value) in numbers {
        write!(out, " {name}=\"{value}\"")?;
    }
    writeln!(out, " served=\"{served}\">")?;
    for (name, of, nullable) in (0..COLUMNS).map(|at| column(number, at)) {
        writeln!(
            out,
            "    <columns name=\"{name}\" type=\"{of}\" nullable=\"{nullable}\"/>"
        )?;
    }
    for (key, value) in (0..PARAMETERS).map(|at| parameter(number, at)) {
        writeln!(out, "    <parameters key=\"{key}\" value=\"{value}\"/>")?;
    }
    writeln!(out, "  </pipelines>")
}

fn one_in_json(number: u64) -> serde_json::Value {
    let Said {
        names,
        numbers,
        served,
    } = said(number);
    let mut one = serde_json::Map::new();
    one.extend(names.map(|(name, value)| (name.to_owned(), value.into())));
    one.extend(numbers.map(|(name, value)| (name.to_owned(), value.into())));
    one.insert("served".to_owned(), served.into());
    let columns = (0..COLUMNS).map(|at| column(number, at));
    let columns = columns.map(
        |(name, of, nullable)| serde_json::json!({"name": name, "type": of, "nullable": nullable}),
    );
    one.insert("columns".to_owned(), columns.collect());
    let parameters = (0..PARAMETERS).map(|at| parameter(number, at));
    let parameters = parameters.map(|(key, value)| serde_json::json!({"key": key, "value": value}));
    one.insert("parameters".to_owned(), parameters.collect());
    one.into()
}
