//! Links the program so that it starts fast, because a pool may start it once for each worker.
//!
//! A worker that is started by `exec` spends half of its life in the loader, which maps shared
//! libraries and relocates 16,000 addresses. A program that is linked statically and to a fixed
//! address has nothing to load: its start takes 0.6 of the time, and a fork of it 0.8. The C
//! library stays GNU's, whose allocator big numbers need.
//!
//! A build script can give arguments to the linker, but cannot ask rustc for `crt-static`. So
//! the linker gets `-static`, and a folder in front of its search path, in which each library
//! that the standard library asks for is the static one. Where one of them is not installed the
//! program is linked as usual.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The libraries that the standard library asks for, and the static ones in their places.
const LIBRARIES: [(&str, &str); 7] = [
    ("libgcc_s.a", "libgcc_eh.a"),
    ("libc.a", "libc.a"),
    ("libm.a", "libm.a"),
    ("libdl.a", "libdl.a"),
    ("librt.a", "librt.a"),
    ("libpthread.a", "libpthread.a"),
    ("libutil.a", "libutil.a"),
];

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    let of_target = |name| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_native = env::var_os("HOST") == env::var_os("TARGET");
    let is_static = of_target("FEATURE").split(',').any(|feature| feature == "crt-static");
    if (&*of_target("OS"), &*of_target("ENV")) == ("linux", "gnu") && is_native && !is_static {
        let folder = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
        // The program only: tests and benchmarks have no reason to start faster.
        if collect(&folder).is_ok() {
            println!("cargo::rustc-link-arg-bins=-L{}", folder.display());
            println!("cargo::rustc-link-arg-bins=-static");
            println!("cargo::rustc-link-arg-bins=-no-pie");
        }
    }
}

/// Links the static libraries into `folder`, under the names by which they are asked for.
///
/// # Errors
/// If one is not installed.
fn collect(folder: &Path) -> io::Result<()> {
    for (name, library) in LIBRARIES {
        let path = find(library)?;
        let link = folder.join(name);
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(path, link)?;
    }
    Ok(())
}

/// Where the linker would take a library from.
fn find(library: &str) -> io::Result<PathBuf> {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(linker).arg(format!("-print-file-name={library}")).output()?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // A library that it does not know comes back as its bare name.
    if path.is_absolute() && path.is_file() {
        Ok(path)
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}
