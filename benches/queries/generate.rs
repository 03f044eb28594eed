//! Makes railways after the manner of the Train Benchmark: most routes are sound, and every fault is there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Objects of a region with its route.
const REGION: u64 = 27;
const SWITCHES: u64 = 3;
/// Segments of a sensor, beside its switch.
const SEGMENTS: u64 = 5;

/// A model on disk.
pub(crate) struct Railway {
    pub(crate) path: PathBuf,
    pub(crate) objects: u64,
}

/// Writes a railway of about so many objects into a folder: the same bytes on every machine.
pub(crate) fn railway(folder: &Path, size: u64) -> io::Result<Railway> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("faults-{size}.xmi"));
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    let regions = (size / REGION).max(2);
    let mut objects = 1;
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rail:Network xmi:version=\"2.0\" \
         xmlns:xmi=\"http://www.omg.org/XMI\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:rail=\"http://example.org/railway\" xmi:id=\"network\">"
    )?;
    for number in 0..regions {
        objects += Region { number, regions }.write(&mut out)?;
    }
    writeln!(out, "</rail:Network>")?;
    out.flush()?;
    Ok(Railway { path, objects })
}

/// A region: one route over three switches, a sensor each, and segments between them.
#[derive(Clone, Copy)]
struct Region {
    number: u64,
    regions: u64,
}

impl Region {
    /// Whether this region is one of those that have a fault.
    fn every(self, other: u64) -> bool {
        self.number % other == 1
    }

    /// How many segments a sensor monitors; six in a row are a fault.
    fn segments(self, switch: u64) -> u64 {
        if switch == 1 && self.every(19) {
            SEGMENTS + 1
        } else {
            SEGMENTS
        }
    }

    fn is_monitored(self, switch: u64) -> bool {
        !(switch == 1 && self.every(13))
    }

    fn requires(self, switch: u64) -> bool {
        !(switch == 2 && self.every(17))
    }

    fn next(self) -> u64 {
        (self.number + 1) % self.regions
    }

    /// Writes it; returns how many objects it has.
    fn write(self, out: &mut impl Write) -> io::Result<u64> {
        let n = self.number;
        writeln!(out, "  <regions xmi:id=\"r{n}\" number=\"{n}\">")?;
        let mut objects = 2 + 2;
        for switch in 0..SWITCHES {
            objects += 3 + self.segments(switch);
            self.tracks(switch, out)?;
        }
        for switch in 0..SWITCHES {
            self.sensor(switch, out)?;
        }
        self.route(out)?;
        writeln!(out, "  </regions>")?;
        Ok(objects)
    }

    fn tracks(self, switch: u64, out: &mut impl Write) -> io::Result<()> {
        let n = self.number;
        let monitored = if self.is_monitored(switch) {
            format!(" monitoredBy=\"n{n}_{switch}\"")
        } else {
            String::new()
        };
        let current = if switch == 2 && !self.every(7) {
            " current=\"DIVERGING\""
        } else {
            ""
        };
        writeln!(
            out,
            "    <tracks xsi:type=\"rail:Switch\" xmi:id=\"w{n}_{switch}\" number=\"{switch}\"{monitored} \
             connectsTo=\"t{n}_{switch}_0\"{current} positions=\"p{n}_{switch}\"/>"
        )?;
        let count = self.segments(switch);
        for segment in 0..count {
            let next = match (segment + 1 < count, switch + 1 < SWITCHES) {
                (true, _) => format!("t{n}_{switch}_{}", segment + 1),
                (false, true) => format!("w{n}_{}", switch + 1),
                (false, false) => format!("w{}_0", self.next()),
            };
            let sign = if segment == 3 && self.every(11) {
                "-"
            } else {
                ""
            };
            write!(
                out,
                "    <tracks xsi:type=\"rail:Segment\" xmi:id=\"t{n}_{switch}_{segment}\" number=\"{segment}\" \
                 monitoredBy=\"n{n}_{switch}\" connectsTo=\"{next}\" length=\"{sign}{}\"",
                100 + n % 900
            )?;
            if switch != 0 || segment > 1 {
                writeln!(out, "/>")?;
                continue;
            }
            let aspect = if n % 3 == segment {
                ""
            } else {
                " aspect=\"GO\""
            };
            writeln!(
                out,
                ">\n      <signals xmi:id=\"s{n}_{segment}\" number=\"{segment}\"{aspect}/>\n    </tracks>"
            )?;
        }
        Ok(())
    }

    fn sensor(self, switch: u64, out: &mut impl Write) -> io::Result<()> {
        let n = self.number;
        write!(
            out,
            "    <sensors xmi:id=\"n{n}_{switch}\" number=\"{switch}\" monitors=\""
        )?;
        if self.is_monitored(switch) {
            write!(out, "w{n}_{switch} ")?;
        }
        for segment in 0..self.segments(switch) {
            let gap = if segment == 0 { "" } else { " " };
            write!(out, "{gap}t{n}_{switch}_{segment}")?;
        }
        if self.requires(switch) {
            write!(out, "\" requiredBy=\"o{n}")?;
        }
        writeln!(out, "\"/>")
    }

    fn route(self, out: &mut impl Write) -> io::Result<()> {
        let n = self.number;
        let entry = u64::from(self.every(23));
        let active = if n % 2 == 1 { " active=\"true\"" } else { "" };
        let required = (0..SWITCHES).filter(|s| self.requires(*s));
        let required: Vec<String> = required.map(|s| format!("n{n}_{s}")).collect();
        writeln!(
            out,
            "    <routes xmi:id=\"o{n}\" number=\"{n}\"{active} entry=\"s{n}_{entry}\" exit=\"s{}_0\" requires=\"{}\">",
            self.next(),
            required.join(" ")
        )?;
        for switch in 0..SWITCHES {
            let position = if switch == 2 {
                " position=\"DIVERGING\""
            } else {
                ""
            };
            writeln!(
                out,
                "      <positions xmi:id=\"p{n}_{switch}\" number=\"{switch}\" target=\"w{n}_{switch}\"{position}/>"
            )?;
        }
        writeln!(out, "    </routes>")
    }
}
