//! Makes the models: the same bytes on every machine, in the form that EMF writes.
//!
//! Ten data types; each class has four attributes, of which one holds many values and one is of a class.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

const TYPES: u64 = 10;
const ATTRIBUTES: u64 = 4;

/// Writes a model of classes with about so many objects into a folder.
pub(crate) fn classes(folder: &Path, size: u64) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("classes-{size}.xmi"));
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<class:Model xmi:version=\"2.0\"")?;
    out.write_all(b" xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"")?;
    writeln!(out, " xmlns:class=\"http://example.org/class\">")?;
    for number in 0..TYPES {
        let name = if number == 0 {
            "Integer".to_owned()
        } else {
            format!("Type{number}")
        };
        writeln!(
            out,
            "  <classifiers xsi:type=\"class:DataType\" name=\"{name}\"/>"
        )?;
    }
    let count = size.saturating_sub(TYPES + 1) / (1 + ATTRIBUTES);
    for class in 0..count {
        writeln!(
            out,
            "  <classifiers xsi:type=\"class:Class\" name=\"Class{class}\">"
        )?;
        for attribute in 0..ATTRIBUTES {
            let of = if attribute == 3 {
                TYPES + (class * 7 + 3) % count
            } else {
                (class + attribute) % TYPES
            };
            let many = if attribute == 2 {
                " multiValued=\"true\""
            } else {
                ""
            };
            writeln!(
                out,
                "    <attributes name=\"a{class}_{attribute}\"{many} type=\"//@classifiers.{of}\"/>"
            )?;
        }
        writeln!(out, "  </classifiers>")?;
    }
    writeln!(out, "</class:Model>")?;
    out.flush()?;
    Ok(path)
}
