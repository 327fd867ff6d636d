//! `main` names the library, so that its plugin is there.

plugwright::main!(library);
