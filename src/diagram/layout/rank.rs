//! Columns: lines are turned until none goes round in a circle, then each box stands right of those that lead to it.
//!
//! Only lines that matter decide, and those to boxes that have no other: a mere reference between two boxes does not tear
//! either from its place, and may well lead back, or from one box of a column to another.

use super::{Link, Pull};

/// The column of each box, from 0, without empty ones; and which lines are read from their end to their beginning.
pub(super) fn ranks(count: usize, links: &[Link]) -> (Vec<usize>, Vec<bool>) {
    let mut tied = vec![false; count];
    for link in links.iter().filter(|l| l.pull == Pull::Strong) {
        (tied[link.from], tied[link.to]) = (true, true);
    }
    let decides = |l: &Link| l.pull == Pull::Strong || !tied[l.from] || !tied[l.to];
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut ties = vec![Ties::default(); count];
    for pull in [Pull::Strong, Pull::Weak] {
        let wanted = |l: &&Link| l.pull == pull && l.from != l.to && decides(l);
        for link in links.iter().filter(wanted) {
            let (from, to) = if reaches(&next, link.to, link.from) {
                (link.to, link.from)
            } else {
                (link.from, link.to)
            };
            next[from].push(to);
            let weight = if pull == Pull::Strong { 3 } else { 1 };
            ties[from].after.push((to, weight));
            ties[to].before.push((from, weight));
        }
    }
    let ranks = columns(&ties);
    let turned = links.iter().map(|l| ranks[l.from] > ranks[l.to]);
    let turned = turned.collect();
    (ranks, turned)
}

fn reaches(next: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; next.len()];
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        if node == to {
            return true;
        }
        if !std::mem::replace(&mut seen[node], true) {
            open.extend(&next[node]);
        }
    }
    false
}

/// The lines of one box that decide about its column, with how much each weighs.
#[derive(Clone, Debug, Default)]
struct Ties {
    before: Vec<(usize, usize)>,
    after: Vec<(usize, usize)>,
}

fn columns(ties: &[Ties]) -> Vec<usize> {
    let order = sorted(ties);
    let mut ranks = vec![0; ties.len()];
    for node in &order {
        let least = ties[*node].before.iter().map(|(b, _)| ranks[*b] + 1);
        ranks[*node] = least.max().unwrap_or(0);
    }
    for _ in 0..8 {
        if !tighten(&order, ties, &mut ranks) {
            break;
        }
    }
    without_gaps(ranks)
}

/// Moves boxes to the side that pulls more. Says whether anything moved.
fn tighten(order: &[usize], ties: &[Ties], ranks: &mut [usize]) -> bool {
    let mut moved = false;
    for node in order.iter().rev() {
        let Ties { before, after } = &ties[*node];
        let weight = |ties: &[(usize, usize)]| ties.iter().map(|(_, w)| w).sum::<usize>();
        let least = before.iter().map(|(b, _)| ranks[*b] + 1).max();
        let most = after.iter().map(|(a, _)| ranks[*a] - 1).min();
        let wanted = match (least, most) {
            (_, Some(most)) if weight(after) > weight(before) => most,
            (Some(least), _) if weight(before) > weight(after) => least,
            _ => continue,
        };
        moved |= ranks[*node] != wanted;
        ranks[*node] = wanted;
    }
    moved
}

/// Boxes, each after those that lead to it.
fn sorted(ties: &[Ties]) -> Vec<usize> {
    let mut waiting: Vec<usize> = ties.iter().map(|t| t.before.len()).collect();
    let mut order: Vec<usize> = (0..ties.len()).filter(|n| waiting[*n] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for (next, _) in &ties[order[at]].after {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                order.push(*next);
            }
        }
        at += 1;
    }
    order
}

fn without_gaps(mut ranks: Vec<usize>) -> Vec<usize> {
    let mut used = ranks.clone();
    used.sort_unstable();
    used.dedup();
    for rank in &mut ranks {
        *rank = used
            .binary_search(rank)
            .expect("every column was collected");
    }
    ranks
}
