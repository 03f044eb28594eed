//! Makes the models: the same bytes on every machine, streamed, in the very form that EMF writes.
//!
//! Two shapes. A railway is deep and full of cross references: regions in regions in regions, and in each of the
//! innermost 50 tracks, 10 sensors, 5 routes with their switch positions, and signals; 2.8 reference ends an object,
//! opposites written on both sides. A catalog is one container with everything in it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::sink::{Form, Part, Sink, Target};

/// What a model looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Deep containment, many cross references.
    Railway,
    /// One wide container.
    Catalog,
}

impl Shape {
    /// The word for it in file names and tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Railway => "railway",
            Self::Catalog => "catalog",
        }
    }

    /// Where its metamodel is.
    pub(crate) fn metamodel(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/models/{}.ecore", self.name()))
    }
}

/// A model on disk.
#[derive(Debug, Clone)]
pub(crate) struct Generated {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// How many objects it has.
    pub(crate) objects: u64,
    /// How many bytes it has.
    pub(crate) bytes: u64,
}

/// Writes a model of about so many objects into a folder.
pub(crate) fn generate(
    folder: &Path,
    shape: Shape,
    form: Form,
    size: u64,
) -> io::Result<Generated> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!(
        "{}-{size}-{}.{}",
        shape.name(),
        form.name(),
        form.extension()
    ));
    let mut sink = Sink::new(
        BufWriter::with_capacity(1 << 20, File::create(&path)?),
        form,
    );
    match shape {
        Shape::Railway => railway(&mut sink, size)?,
        Shape::Catalog => catalog(&mut sink, size)?,
    }
    let objects = sink.finish()?;
    let bytes = fs::metadata(&path)?.len();
    Ok(Generated {
        path,
        objects,
        bytes,
    })
}

/// Tracks of an innermost region; every fifth is a switch, and every fifth a segment with a signal.
const TRACKS: u64 = 50;
const SENSORS: u64 = 10;
const ROUTES: u64 = 5;
/// Objects of an innermost region, itself included.
const LEAF: u64 = 1 + TRACKS + TRACKS / 5 + SENSORS + ROUTES + 2 * ROUTES;
/// Regions in a region that is not an innermost one.
const FAN: u64 = 8;

fn railway(sink: &mut Sink, size: u64) -> io::Result<()> {
    let leaves = (size / LEAF).max(1);
    sink.root("rail", "Network", &[("name", "Bench & Sons")])?;
    for leaf in 0..leaves {
        if leaf % (FAN * FAN) == 0 {
            open_region(sink, u64::MAX - leaf)?;
        }
        if leaf % FAN == 0 {
            open_region(sink, (1 << 60) + leaf)?;
        }
        region(sink, leaf, leaves)?;
        let last = leaf + 1 == leaves;
        if last || (leaf + 1) % FAN == 0 {
            sink.close("regions")?;
        }
        if last || (leaf + 1) % (FAN * FAN) == 0 {
            sink.close("regions")?;
        }
    }
    Ok(())
}

fn open_region(sink: &mut Sink, id: u64) -> io::Result<()> {
    let mut part = Part::new("regions", "Region", id);
    part.text("number", (id % 1_000_000).to_string());
    sink.open(part)
}

/// An object of an innermost region, by where it is.
#[derive(Clone, Copy)]
enum Place {
    Track(u64),
    Signal(u64),
    Sensor(u64),
    Route(u64),
    Position(u64, u64),
}

impl Place {
    /// A number that no other object of the region has; the region itself has 0.
    const fn local(self) -> u64 {
        match self {
            Self::Track(t) => 1 + t,
            Self::Signal(t) => 1 + TRACKS + t / 5,
            Self::Sensor(s) => 1 + TRACKS + TRACKS / 5 + s,
            Self::Route(r) => 1 + TRACKS + TRACKS / 5 + SENSORS + r,
            Self::Position(r, p) => 1 + TRACKS + TRACKS / 5 + SENSORS + ROUTES + 2 * r + p,
        }
    }

    fn target(self, leaf: u64) -> Target {
        let mut path = String::with_capacity(64);
        let (top, middle, inner) = (leaf / (FAN * FAN), leaf / FAN % FAN, leaf % FAN);
        let written =
            write!(path, "//@regions.{top}/@regions.{middle}/@regions.{inner}").and_then(|()| {
                match self {
                    Self::Track(t) => write!(path, "/@tracks.{t}"),
                    Self::Signal(t) => write!(path, "/@tracks.{t}/@signals.0"),
                    Self::Sensor(s) => write!(path, "/@sensors.{s}"),
                    Self::Route(r) => write!(path, "/@routes.{r}"),
                    Self::Position(r, p) => write!(path, "/@routes.{r}/@positions.{p}"),
                }
            });
        written.expect("a string takes everything");
        Target {
            path,
            id: leaf * LEAF + self.local(),
        }
    }

    fn part(self, leaf: u64, feature: &'static str, class: &'static str) -> Part {
        let id = leaf * LEAF + self.local();
        let mut part = Part::new(feature, class, id);
        part.text("number", (id + 1).to_string());
        part
    }
}

fn region(sink: &mut Sink, leaf: u64, leaves: u64) -> io::Result<()> {
    let mut part = Part::new("regions", "Region", leaf * LEAF);
    part.text("number", (leaf * LEAF + 1).to_string());
    sink.open(part)?;
    for t in 0..TRACKS {
        track(sink, leaf, leaves, t)?;
    }
    for s in 0..SENSORS {
        let mut part = Place::Sensor(s).part(leaf, "sensors", "Sensor");
        part.refs(
            "monitors",
            (5 * s..5 * s + 5).map(|t| Place::Track(t).target(leaf)),
        );
        let routes = (0..ROUTES).filter(|r| required(*r).any(|required| required == s));
        part.refs("requiredBy", routes.map(|r| Place::Route(r).target(leaf)));
        sink.whole(part)?;
    }
    for r in 0..ROUTES {
        let mut part = Place::Route(r).part(leaf, "routes", "Route");
        if r % 2 == 0 {
            part.text("active", "true".to_owned());
        }
        part.one("entry", Place::Signal(10 * r).target(leaf));
        part.one("exit", Place::Signal(10 * r + 5).target(leaf));
        part.refs(
            "requires",
            required(r).map(|s| Place::Sensor(s).target(leaf)),
        );
        sink.open(part)?;
        for p in 0..2 {
            let mut part = Place::Position(r, p).part(leaf, "positions", "SwitchPosition");
            part.one("target", Place::Track(switch(2 * r + p)).target(leaf));
            if p == 1 {
                part.text("position", "DIVERGING".to_owned());
            }
            sink.whole(part)?;
        }
        sink.close("routes")?;
    }
    sink.close("regions")
}

/// The sensors that a route requires, in their order.
fn required(route: u64) -> impl Iterator<Item = u64> {
    (0..SENSORS).filter(move |s| (s + SENSORS - 2 * route) % SENSORS < 5)
}

/// The track that is the switch of that number.
const fn switch(number: u64) -> u64 {
    5 * number + 4
}

fn track(sink: &mut Sink, leaf: u64, leaves: u64, t: u64) -> io::Result<()> {
    let is_switch = t % 5 == 4;
    let mut part =
        Place::Track(t).part(leaf, "tracks", if is_switch { "Switch" } else { "Segment" });
    part.typed = true;
    part.one_of_many("monitoredBy", Place::Sensor(t / 5).target(leaf));
    let next = if t + 1 < TRACKS {
        (leaf, t + 1)
    } else {
        ((leaf + 1) % leaves, 0)
    };
    let mut to = vec![Place::Track(next.1).target(next.0)];
    if is_switch {
        to.push(Place::Track((t + 7) % TRACKS).target(leaf));
    }
    part.refs("connectsTo", to.into_iter());
    if is_switch {
        if t.is_multiple_of(2) {
            part.text("current", "DIVERGING".to_owned());
        }
        let number = t / 5;
        part.one_of_many(
            "positions",
            Place::Position(number / 2, number % 2).target(leaf),
        );
        return sink.whole(part);
    }
    part.text("length", (100 + leaf * 37 % 900 + t).to_string());
    if !t.is_multiple_of(5) {
        return sink.whole(part);
    }
    sink.open(part)?;
    let mut signal = Place::Signal(t).part(leaf, "signals", "Signal");
    match t % 3 {
        0 => {}
        1 => signal.text("aspect", "GO".to_owned()),
        _ => signal.text("aspect", "CAUTION".to_owned()),
    }
    sink.whole(signal)?;
    sink.close("tracks")
}

fn catalog(sink: &mut Sink, size: u64) -> io::Result<()> {
    let items = size.max(2) - 1;
    let target = |i: u64| Target {
        path: format!("//@items.{i}"),
        id: i,
    };
    sink.root("cat", "Catalog", &[("title", "Everything")])?;
    for i in 0..items {
        let mut part = Part::new("items", "Item", i);
        part.text(
            "label",
            if i % 50 == 0 {
                format!("Nuts & bolts \u{fc}ber {i}")
            } else {
                format!("Item number {i}")
            },
        );
        part.text("amount", (i * 31 % 9973 + 1).to_string());
        part.text(
            "price",
            format!(
                "{}.{}",
                i % 99_991 + 1,
                ["0", "25", "5", "75"][usize::try_from(i % 4).unwrap_or(0)]
            ),
        );
        if i % 3 == 0 {
            part.text("sold", "true".to_owned());
        }
        match i % 5 {
            0 => part.text("grade", "GOOD".to_owned()),
            1 => part.text("grade", "BEST".to_owned()),
            _ => {}
        }
        let (next, far) = ((i + 1) % items, (i * 7919 + 13) % items);
        // A list without duplicates, and no item is similar to itself.
        let far = Some(far).filter(|far| *far != i && *far != next);
        part.refs(
            "similar",
            [Some(next), far].into_iter().flatten().map(target),
        );
        if i % 10 == 0 {
            part.texts(
                "tags",
                vec![format!("tag {}", i % 100), "long lasting".to_owned()],
            );
        }
        sink.whole(part)?;
    }
    Ok(())
}
