plugwright::main!(my_plugins);
