//! What every layout keeps: boxes apart, lines outside of boxes, the same places for the same boxes.

use super::*;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// A tree of parts with some references, of which some lead back, sideways or to the box itself.
fn graph(count: usize, seed: u64) -> (Vec<Size>, Vec<Link>) {
    let mut dice = Dice(seed);
    let sizes = (0..count)
        .map(|_| Size {
            width: f64::from(u32::try_from(80 + dice.below(160)).unwrap()),
            height: f64::from(u32::try_from(32 + dice.below(180)).unwrap()),
        })
        .collect();
    let mut links = Vec::new();
    for to in 1..count {
        links.push(Link {
            from: dice.below(to),
            to,
            pull: Pull::Strong,
            bundle: Some(u32::try_from(dice.below(2)).unwrap()),
            ends: [16.0, 70.0],
        });
        if to % 3 == 0 {
            links.push(Link {
                from: dice.below(count),
                to: dice.below(count),
                pull: Pull::Weak,
                bundle: None,
                ends: [0.0, 60.0],
            });
        }
    }
    (sizes, links)
}

fn boxes(layout: &Layout) -> Vec<(Point, Point)> {
    let corners = layout.corners.iter().zip(&layout.sizes);
    corners
        .map(|(at, size)| {
            let end = Point {
                x: at.x + size.width,
                y: at.y + size.height,
            };
            (*at, end)
        })
        .collect()
}

#[test]
fn boxes_do_not_overlap_and_no_line_runs_through_one() {
    for seed in 1..20 {
        let (sizes, links) = graph(30, seed);
        let layout = layout(&sizes, &links);
        let boxes = boxes(&layout);
        for (i, (a, b)) in boxes.iter().enumerate() {
            assert!(a.x >= 0.0 && b.x <= layout.size.width + 0.1, "{seed}: {i}");
            assert!(a.y >= 0.0 && b.y <= layout.size.height + 0.1, "{seed}: {i}");
            for (j, (c, d)) in boxes.iter().enumerate().skip(i + 1) {
                let apart = b.x <= c.x || d.x <= a.x || b.y <= c.y || d.y <= a.y;
                assert!(apart, "{seed}: boxes {i} and {j} overlap");
            }
        }
        for (index, line) in layout.lines.iter().enumerate() {
            for pair in line.windows(2) {
                let (p, q) = (pair[0], pair[1]);
                for (at, (a, b)) in boxes.iter().enumerate() {
                    let inside = p.x.max(q.x) > a.x + 0.5
                        && p.x.min(q.x) < b.x - 0.5
                        && p.y.max(q.y) > a.y + 0.5
                        && p.y.min(q.y) < b.y - 0.5;
                    assert!(!inside, "{seed}: line {index} runs through box {at}");
                }
            }
        }
    }
}

#[test]
fn a_line_goes_from_side_to_side_at_right_angles() {
    for seed in 1..20 {
        let (sizes, links) = graph(25, seed);
        let layout = layout(&sizes, &links);
        let boxes = boxes(&layout);
        for (link, line) in links.iter().zip(&layout.lines) {
            assert!(line.len() >= 2, "{link:?}");
            for pair in line.windows(2) {
                let level = (pair[0].y - pair[1].y).abs() < 0.01;
                let upright = (pair[0].x - pair[1].x).abs() < 0.01;
                assert!(level || upright, "{link:?}: {pair:?}");
            }
            for (node, at) in [(link.from, line[0]), (link.to, line[line.len() - 1])] {
                let (a, b) = boxes[node];
                let side = (at.x - a.x).abs() < 0.01 || (at.x - b.x).abs() < 0.01;
                assert!(side && at.y > a.y && at.y < b.y, "{link:?} ends at {at:?}");
            }
        }
    }
}

#[test]
fn the_same_boxes_get_the_same_places() {
    let (sizes, links) = graph(60, 7);
    let (one, two) = (layout(&sizes, &links), layout(&sizes, &links));
    assert_eq!(one.corners, two.corners);
    assert_eq!(one.lines, two.lines);
}

#[test]
fn a_chain_is_straight() {
    let sizes = vec![
        Size {
            width: 100.0,
            height: 40.0
        };
        4
    ];
    let link = |from| Link {
        from,
        to: from + 1,
        pull: Pull::Strong,
        bundle: None,
        ends: [0.0, 0.0],
    };
    let links: Vec<Link> = (0..3).map(link).collect();
    for line in layout(&sizes, &links).lines {
        assert_eq!(line.len(), 2, "{line:?}");
    }
}

#[test]
fn what_goes_round_in_a_circle_is_laid_out_too() {
    let sizes = vec![Size::default(); 3];
    let link = |from, to| Link {
        from,
        to,
        pull: Pull::Strong,
        bundle: Some(0),
        ends: [0.0, 0.0],
    };
    let links = [link(0, 1), link(1, 2), link(2, 0), link(1, 1)];
    let layout = layout(&sizes, &links);
    assert!(layout.lines.iter().all(|l| l.len() >= 2));
}

#[test]
fn nothing_and_boxes_alone_have_places() {
    assert_eq!(layout(&[], &[]).size, Size::default());
    let size = Size {
        width: 100.0,
        height: 50.0,
    };
    let layout = layout(&[size; 20], &[]);
    let boxes = boxes(&layout);
    for (i, (a, _)) in boxes.iter().enumerate() {
        assert!(boxes[..i].iter().all(|(b, _)| a != b));
    }
    assert!(layout.size.width < 1000.0);
}
