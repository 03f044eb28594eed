//! Our templates against the handlebars crate: it takes the same ones, and prints the same bytes.
//!
//! `MLOPSGEN_MUTATIONS=n` makes so many mutations of each template instead of a few.

mod rendering;
mod validity;

/// How many mutations are made of each template.
fn mutations(few: usize) -> usize {
    let wanted = std::env::var("MLOPSGEN_MUTATIONS").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(few)
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}
