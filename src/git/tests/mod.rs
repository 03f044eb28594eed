//! What the module promises, with the real git as the judge.

mod held;
mod kept;
mod program;
mod read;

use super::testing::Fixture;

/// A repository with two branches that conflict in `edited`, on `main`.
fn conflicting() -> Fixture {
    let fixture = Fixture::new();
    fixture.git(&["switch", "-q", "-c", "other"]);
    fixture.write("edited", "other\n");
    fixture.git(&["commit", "-q", "-a", "-m", "other"]);
    fixture.git(&["switch", "-q", "main"]);
    fixture.write("edited", "main\n");
    fixture.git(&["commit", "-q", "-a", "-m", "main"]);
    fixture
}
