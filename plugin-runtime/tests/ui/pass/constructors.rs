#![deny(warnings)]

use plugwright::Plugins;
use plugwright::prelude::*;

macro_rules! action {
    ($name:ident) => {
        impl DeleteItemAction for $name {
            async fn execute(&self, _: &DeleteInput) -> Result<()> {
                let _ = &self.0;
                Ok(())
            }
        }
    };
}

#[delete_item_action(name = "example.io/plain", new = Self::new)]
struct Plain(u8);
action!(Plain);

impl Plain {
    fn new() -> Self {
        Self(1)
    }
}

#[delete_item_action(name = "example.io/context", new = FromContext::new)]
struct FromContext(u8);
action!(FromContext);

impl FromContext {
    fn new(_: &Context) -> Self {
        Self(2)
    }
}

#[delete_item_action(name = "example.io/fallible", new = fallible)]
struct Fallible(u8);
action!(Fallible);

fn fallible(cx: &Context) -> Result<Fallible> {
    Ok(Fallible(cx.name().parse()?))
}

#[delete_item_action(name = "example.io/async", new = Self::new::<u16>)]
struct Async(u8);
action!(Async);

impl Async {
    async fn new<T>(_: &Context) -> Result<Self> {
        Ok(Self(4))
    }
}

#[delete_item_action(name = "example.io/async-alone", new = self::alone)]
struct Alone(u8);
action!(Alone);

async fn alone() -> Alone {
    Alone(5)
}

/// Stored: a clone is cheap.
#[delete_item_action(name = "example.io/kept", new = Self::new)]
struct Kept(Context);
action!(Kept);

impl Kept {
    async fn new(cx: &Context) -> Result<Self> {
        Ok(Self(cx.clone()))
    }
}

fn main() {
    let declared = format!("{:?}", Plugins::declared());
    assert_eq!(declared.matches("example.io/").count(), 6, "{declared}");
}
