//! Frames between this program and its worker processes.
//!
//! ```text
//!    0      1         2      3    4                   8
//!   ┌──────┬─────────┬──────┬────┬───────────────────┬─────────────────┐
//!   │ mark │ version │ kind │ 0  │ length u32 LE     │ length bytes ...│
//!   └──────┴─────────┴──────┴────┴───────────────────┴─────────────────┘
//! ```
//!
//! The other end of a socket may be a worker that is broken, killed in the middle of a write,
//! or of another version, and a task may write into the descriptor by mistake. So the header is
//! checked before a byte is reserved for the payload, and whatever does not begin with the mark
//! is named for what it is. A [`Decoder`] neither waits nor allocates for bytes that do not
//! come. What the payloads say is the business of their senders.

pub mod pack;

use std::io::{self, Read, Write};

/// The first byte of every frame. A continuation byte in UTF-8, so no text begins with it.
const MARK: u8 = 0xb5;
/// Version of the frames. Both sides are the same program, so there is no negotiation: another
/// version is an error.
const VERSION: u8 = 1;
const HEADER: usize = 8;
/// The least that is read at once: a small frame, the usual one, comes with one system call and
/// needs no second for its payload.
const MIN_READ: usize = 4 * 1024;
/// The most that is read at once. A length that is declared and never sent costs this much
/// memory and no more.
const MAX_READ: usize = 256 * 1024;
/// The most bytes that one frame may carry: 256 MiB. Far above any task of a lab, and far below
/// what would exhaust a machine.
pub const LONGEST: usize = 256 << 20;

/// What a frame is for. The number on the wire is the position in this list; the protocol of a
/// pool, with the order of its frames, is described beside the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From a worker: it runs and serves. To a fork server: here is the link of a new client,
    /// its descriptor sent along.
    Hello,
    /// To a worker: some tasks of one worker function. Each is answered by one
    /// [`Kind::Answer`] or by the end of the worker.
    Chunk,
    /// From a worker: the results of a chunk.
    Answer,
    /// To a worker: shared memory, its descriptor sent along. Comes before the first chunk, if
    /// at all.
    Region,
    /// To the fork server: a worker is wanted. Its three descriptors are sent along, its number
    /// is the payload.
    Fork,
    /// From the fork server: the pid of a worker, or why there is none. The first of two
    /// reports about a worker.
    Forked,
    /// From the fork server: how a worker ended. The second report, and the last.
    Ended,
    /// What a program sends through a [`super::pipe`]; never on a worker's own socket.
    Message,
    /// From a worker, as its last frame: why it cannot go on, as text. The cause of its death
    /// is then this and not only an exit code.
    Failed,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Hello,
        Self::Chunk,
        Self::Answer,
        Self::Region,
        Self::Fork,
        Self::Forked,
        Self::Ended,
        Self::Message,
        Self::Failed,
    ];

    /// The kind of this number, if there is one. The byte comes from another process and may be
    /// anything.
    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// One message, whole and with a known kind. What its payload means is up to the kind, and is
/// checked by its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub payload: Vec<u8>,
}

impl Frame {
    /// Bytes that it takes on the way, header included.
    pub fn size(&self) -> usize {
        HEADER + self.payload.len()
    }
}

/// Why what was read is no frame. The text begins with a verb, since the sender is put in front of
/// it: "worker 7 sent something that is no frame".
///
/// | read | error |
/// |---|---|
/// | another first byte | `Foreign` |
/// | the mark, and another version | `Version` |
/// | a kind that is not in the list | `Unknown` |
/// | a length above the limit | `TooLong` |
/// | the end of the stream, within a frame | `Torn` |
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It does not begin with the mark; these are its first bytes, eight at most.
    #[error("sent something that is no frame: \"{}\"", .begins.escape_ascii())]
    Foreign { begins: Vec<u8> },
    /// Another version of this program sent it: the program was replaced while it ran, and the
    /// new one was started as a worker.
    #[error("speaks version {theirs} of the protocol, not {VERSION}")]
    Version { theirs: u8 },
    /// The mark is right, and there is no such kind of frame.
    #[error("sent a frame of unknown kind {kind}")]
    Unknown { kind: u8 },
    /// The header declares more than [`LONGEST`] bytes.
    #[error("declared a frame of {length} bytes; {LONGEST} are allowed")]
    TooLong { length: u64 },
    /// The stream ended within a frame: its sender died while it wrote, or was cut off.
    #[error("ended within a frame, after {have} of {want} bytes")]
    Torn { have: usize, want: usize },
}

impl From<WireError> for io::Error {
    fn from(error: WireError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// A frame as bytes, header and payload in one piece, so that one `write` sends a small one.
///
/// # Errors
/// [`WireError::TooLong`].
pub fn encode(kind: Kind, payload: &[u8]) -> Result<Vec<u8>, WireError> {
    let header = header(kind, payload.len())?;
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(payload);
    Ok(bytes)
}

fn header(kind: Kind, length: usize) -> Result<[u8; HEADER], WireError> {
    let short = u32::try_from(length).ok().filter(|_| length <= LONGEST);
    let short = short.ok_or(WireError::TooLong { length: length as u64 })?;
    let [a, b, c, d] = short.to_le_bytes();
    Ok([MARK, VERSION, kind as u8, 0, a, b, c, d])
}

/// Kind and length of a frame, checked. The byte after the kind is reserved and ignored.
fn read_header(header: [u8; HEADER]) -> Result<(Kind, usize), WireError> {
    let [mark, version, kind, _, a, b, c, d] = header;
    // First: the other bytes mean nothing in something that is no frame.
    if mark != MARK {
        return Err(WireError::Foreign { begins: header.to_vec() });
    }
    if version != VERSION {
        return Err(WireError::Version { theirs: version });
    }
    let kind = Kind::from_byte(kind).ok_or(WireError::Unknown { kind })?;
    let length = u32::from_le_bytes([a, b, c, d]);
    match usize::try_from(length).ok().filter(|length| *length <= LONGEST) {
        Some(length) => Ok((kind, length)),
        None => Err(WireError::TooLong { length: length.into() }),
    }
}

/// Writes a frame and waits until the stream has taken all of it. For streams that block.
///
/// # Errors
/// Those of the stream, and [`WireError::TooLong`].
pub fn write(stream: &mut impl Write, kind: Kind, payload: &[u8]) -> io::Result<()> {
    stream.write_all(&encode(kind, payload)?)
}

/// Waits for a frame; `None` if the stream ends before one begins. For streams that block;
/// others use a [`Decoder`].
///
/// # Errors
/// Those of the stream, and a [`WireError`] inside.
pub fn read(stream: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut header = [0; HEADER];
    let have = read_up_to(stream, &mut header)?;
    if have == 0 {
        return Ok(None);
    }
    if have < HEADER {
        return Err(torn(&header[..have], have, HEADER).into());
    }
    let (kind, length) = read_header(header)?;
    // Bounded by `LONGEST`, which `read_header` has checked. The kernel backs zeroed memory
    // only when it is written, so a frame that does not come costs address space alone.
    let mut payload = vec![0; length];
    let have = read_up_to(stream, &mut payload)?;
    if have < length {
        return Err(WireError::Torn { have, want: length }.into());
    }
    Ok(Some(Frame { kind, payload }))
}

/// A stream that ended early: within a frame, unless its first byte shows that it was none.
fn torn(bytes: &[u8], have: usize, want: usize) -> WireError {
    if bytes.first().is_some_and(|first| *first != MARK) {
        return WireError::Foreign { begins: bytes.to_vec() };
    }
    WireError::Torn { have, want }
}

/// Fills `buffer` as far as the stream goes; the number of bytes is less only at its end.
fn read_up_to(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buffer.len() {
        match stream.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}

/// Cuts frames out of whatever pieces the bytes arrive in. For sockets that do not block: bytes are
/// filled in when there are some, and frames taken out when they are whole.
///
/// ```text
/// bytes   │ taken by frames │ header, payload │ header, a part of the payload │
///                           ▲ at: `next_frame`                                ▲ `fill` adds here
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// Where the first byte is that no frame has taken. Moving the rest to the front once for
    /// each fill is cheaper than once for each frame.
    at: usize,
}

/// What a read brought; see [`Decoder::fill`]. The difference matters to a reader of an
/// edge-triggered socket, which must read until nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// As many bytes as were asked for: perhaps there are more.
    Bytes,
    /// Fewer bytes than were asked for: the socket is empty now. Only its end may follow.
    All,
    /// A read would have to wait.
    Nothing,
    /// The stream has ended, cleanly or by a reset.
    End,
}

impl Decoder {
    /// Adds bytes that the caller has received by itself.
    pub fn push(&mut self, bytes: &[u8]) {
        self.forget_taken();
        self.bytes.extend_from_slice(bytes);
    }

    /// Reads once: what the frame that has begun still needs, but between `MIN_READ` and
    /// `MAX_READ` bytes, so that a length that is declared is not reserved before the bytes
    /// come.
    ///
    /// # Errors
    /// Those of the stream, except that it would block ([`Filled::Nothing`]).
    pub fn fill(&mut self, mut stream: impl Read) -> io::Result<Filled> {
        self.forget_taken();
        let have = self.bytes.len();
        let want = self.missing().clamp(MIN_READ, MAX_READ);
        // Zeroed, since `Read` may look at the buffer; cut back below to what was read.
        self.bytes.resize(have + want, 0);
        let read = loop {
            match stream.read(&mut self.bytes[have..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.bytes.truncate(have + read.as_ref().map_or(0, |count| *count));
        match read {
            Ok(0) => Ok(Filled::End),
            Ok(count) if count < want => Ok(Filled::All),
            Ok(_) => Ok(Filled::Bytes),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Ok(Filled::Nothing),
                // The other end was closed while something that was sent to it was unread
                // (`unix(7)`).
                io::ErrorKind::ConnectionReset => Ok(Filled::End),
                _ => Err(error),
            },
        }
    }

    /// Moves what no frame has taken to the front, so that the buffer does not grow with the
    /// stream.
    fn forget_taken(&mut self) {
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
    }

    /// Bytes that the frame which has begun still needs; 0 if its header is not here yet or is
    /// no header.
    fn missing(&self) -> usize {
        let header = self.bytes.first_chunk::<HEADER>();
        let length = header.and_then(|header| read_header(*header).ok());
        length.map_or(0, |(_, length)| (HEADER + length).saturating_sub(self.bytes.len()))
    }

    /// Takes the next frame, if all of it is here.
    ///
    /// # Errors
    /// If what is here is no frame. The stream is of no use after that: nothing says where the
    /// next frame begins.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, WireError> {
        let Some((kind, length)) = self.whole()? else {
            return Ok(None);
        };
        let rest = &self.bytes[self.at..];
        if rest.len() == self.bytes.len() && rest.len() == HEADER + length {
            // The usual case, and the one where copying would cost: nothing but this frame.
            let mut payload = std::mem::take(&mut self.bytes);
            payload.drain(..HEADER);
            return Ok(Some(Frame { kind, payload }));
        }
        let payload = rest[HEADER..HEADER + length].to_vec();
        self.at += HEADER + length;
        Ok(Some(Frame { kind, payload }))
    }

    /// Whether [`Decoder::next_frame`] would return a frame. Takes nothing.
    ///
    /// # Errors
    /// Those of [`Decoder::next_frame`].
    pub fn has_frame(&self) -> Result<bool, WireError> {
        self.whole().map(|frame| frame.is_some())
    }

    /// Kind and length of the next frame, if all of it is here. Checks the header as soon as it
    /// is there: a wrong one is reported before its payload would come.
    fn whole(&self) -> Result<Option<(Kind, usize)>, WireError> {
        let rest = &self.bytes[self.at..];
        if rest.first().is_some_and(|first| *first != MARK) {
            // Known by its first byte, before a header's worth has come: a sender of three
            // wrong bytes must not be waited for.
            return Err(WireError::Foreign { begins: rest[..rest.len().min(HEADER)].to_vec() });
        }
        let Some(header) = rest.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let (kind, length) = read_header(*header)?;
        Ok((rest.len() >= HEADER + length).then_some((kind, length)))
    }

    /// Checks, when the stream has ended, whether a part of a frame is left over.
    ///
    /// # Errors
    /// [`WireError::Torn`] or [`WireError::Foreign`] if so.
    pub fn finish(&self) -> Result<(), WireError> {
        let rest = &self.bytes[self.at..];
        if rest.is_empty() {
            return Ok(());
        }
        let want = rest
            .first_chunk::<HEADER>()
            .and_then(|header| read_header(*header).ok())
            .map_or(HEADER, |(_, n)| HEADER + n);
        Err(torn(rest, rest.len(), want))
    }
}

#[cfg(test)]
mod tests;
