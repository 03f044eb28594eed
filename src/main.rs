//! The program `mlopsgen`.

/// A run makes and drops some hundred thousand small things in few milliseconds, on a thread of its own: the allocator of the
/// system takes a fifth of that time, most of it to ask for pages one after the other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    mlopsgen::cli::main()
}
