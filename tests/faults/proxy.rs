//! What if the network between two programs is slow, loses something, hangs, or is cut? A proxy that does all of that.
//!
//! (`tc netem` would do it in the kernel, where it has that; a lost packet looks to a program like a pause.)

use crate::tools::any;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Fine,
    /// Everything takes longer by so many milliseconds, and one in twenty so much again and 200 ms.
    Slow(u64),
    /// Nothing arrives, and nobody is told.
    Hangs,
    /// All connections are closed, and further ones refused.
    Cut,
}

/// Passes everything on to an address, as the weather permits.
pub(crate) struct Proxy {
    port: u16,
    weather: Arc<Mutex<Weather>>,
}

impl Proxy {
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = listener.local_addr().expect("an address").port();
        let weather = Arc::new(Mutex::new(Weather::Fine));
        let now = Arc::clone(&weather);
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if *now.lock().expect("the weather") == Weather::Cut {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else {
                    continue;
                };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (
                        from.try_clone().expect("a handle"),
                        to.try_clone().expect("a handle"),
                    );
                    let now = Arc::clone(&now);
                    std::thread::spawn(move || pass_on(from, to, &now));
                }
            }
        });
        Self { port: own, weather }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn weather(&self, weather: Weather) {
        *self.weather.lock().expect("the weather") = weather;
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, now: &Mutex<Weather>) {
    let mut bytes = [0; 16 * 1024];
    let weather = || *now.lock().expect("the weather");
    let _ = from.set_read_timeout(Some(Duration::from_millis(100)));
    let _ = to.set_nodelay(true);
    loop {
        let read = match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e)
                if matches!(
                    e.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                0
            }
            Err(_) => break,
        };
        match weather() {
            Weather::Cut => break,
            Weather::Slow(ms) if read > 0 => {
                let lost = if any(20) == 0 { ms + 200 } else { 0 };
                std::thread::sleep(Duration::from_millis(ms + lost));
            }
            _ => {}
        }
        while weather() == Weather::Hangs {
            std::thread::sleep(Duration::from_millis(20));
        }
        if read > 0 && (weather() == Weather::Cut || to.write_all(&bytes[..read]).is_err()) {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
