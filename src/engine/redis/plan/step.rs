//! Steps: each is data, what it says of itself, its effect on data, and its act.

mod assign;
mod attach;
mod close;
mod configure;
mod detach;
mod forget;
mod hand_over;
mod lane;
mod linger;
mod load;
mod meet;
mod move_slots;
mod part;
mod take_over;
mod watch;

pub use assign::Assign;
pub use attach::Attach;
pub use close::Close;
pub use configure::Configure;
pub use detach::Detach;
pub use forget::Forget;
pub use hand_over::HandOver;
pub use linger::Linger;
pub use load::Load;
pub use meet::Meet;
pub use move_slots::MoveSlots;
pub use part::Part;
pub use take_over::TakeOver;
pub use watch::Watch;
