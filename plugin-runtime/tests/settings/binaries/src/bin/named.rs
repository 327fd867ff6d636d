//! `main` names the library, so its plugin is linked.

plugwright::main!(library);
