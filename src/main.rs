//! The program `mlopsgen`.

fn main() -> std::process::ExitCode {
    mlopsgen::cli::main()
}
