//! Frames between this program and its worker processes.
//!
//! A frame is a mark, a version, a kind, a length and that many bytes. The length is
//! checked before a byte is reserved for it, and whatever does not begin with the mark
//! is named for what it is, so a task that writes into the wrong descriptor cannot make
//! us wait or allocate. Must not know what the frames say.

pub mod pack;

use std::io::{self, Read, Write};

/// The first byte of every frame: no printable text begins with it.
const MARK: u8 = 0xb5;
const VERSION: u8 = 1;
const HEADER: usize = 8;
/// The least and the most that is read at once.
const MIN_READ: usize = 4 * 1024;
const MAX_READ: usize = 256 * 1024;
/// The most bytes that one frame may carry.
pub const LONGEST: usize = 256 << 20;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A worker is ready.
    Hello,
    /// Work for a worker.
    Chunk,
    /// What came of it.
    Answer,
    /// A region of shared memory, its descriptor sent along.
    Region,
    /// A request to the fork server, descriptors sent along.
    Fork,
    /// The fork server's word that a worker runs.
    Forked,
    /// The fork server's word that a worker ended.
    Ended,
    /// What is sent through a [`super::pipe`].
    Message,
    /// A worker's last message: why it cannot go on, as text.
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

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub payload: Vec<u8>,
}

impl Frame {
    /// Bytes that it takes on the way.
    pub fn size(&self) -> usize {
        HEADER + self.payload.len()
    }
}

/// Why what was read is no frame of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It does not begin like one; these are its first bytes.
    #[error("sent something that is no frame: \"{}\"", .begins.escape_ascii())]
    Foreign { begins: Vec<u8> },
    /// Another version of this program sent it.
    #[error("speaks version {theirs} of the protocol, not {VERSION}")]
    Version { theirs: u8 },
    /// No such kind of frame.
    #[error("sent a frame of unknown kind {kind}")]
    Unknown { kind: u8 },
    /// Longer than any frame may be.
    #[error("declared a frame of {length} bytes; {LONGEST} are allowed")]
    TooLong { length: u64 },
    /// The stream ended within a frame.
    #[error("ended within a frame, after {have} of {want} bytes")]
    Torn { have: usize, want: usize },
}

impl From<WireError> for io::Error {
    fn from(error: WireError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// A frame as bytes.
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

fn read_header(header: [u8; HEADER]) -> Result<(Kind, usize), WireError> {
    let [mark, version, kind, _, a, b, c, d] = header;
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

/// Writes a frame and waits until all of it is gone.
///
/// # Errors
/// Those of the stream, and [`WireError::TooLong`].
pub fn write(stream: &mut impl Write, kind: Kind, payload: &[u8]) -> io::Result<()> {
    stream.write_all(&encode(kind, payload)?)
}

/// Waits for a frame; `None` if the stream ends before one begins.
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
    let mut payload = vec![0; length];
    let have = read_up_to(stream, &mut payload)?;
    if have < length {
        return Err(WireError::Torn { have, want: length }.into());
    }
    Ok(Some(Frame { kind, payload }))
}

fn torn(bytes: &[u8], have: usize, want: usize) -> WireError {
    if bytes.first().is_some_and(|first| *first != MARK) {
        return WireError::Foreign { begins: bytes.to_vec() };
    }
    WireError::Torn { have, want }
}

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

/// Frames out of whatever pieces the bytes arrive in.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// Where the first byte stands that no frame has taken yet.
    at: usize,
}

/// What a read brought; see [`Decoder::fill`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// Bytes, and perhaps there are more.
    Bytes,
    /// All bytes that were there.
    All,
    /// Nothing is there now.
    Nothing,
    /// The stream has ended.
    End,
}

impl Decoder {
    /// Bytes that arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.forget_taken();
        self.bytes.extend_from_slice(bytes);
    }

    /// Reads once: what the frame that has begun still needs, within limits, so that what
    /// is declared is not reserved before it comes.
    ///
    /// # Errors
    /// Those of the stream, but not that a wait would be needed.
    pub fn fill(&mut self, mut stream: impl Read) -> io::Result<Filled> {
        self.forget_taken();
        let have = self.bytes.len();
        let want = self.missing().clamp(MIN_READ, MAX_READ);
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
                // The other end was closed with something unread in it.
                io::ErrorKind::ConnectionReset => Ok(Filled::End),
                _ => Err(error),
            },
        }
    }

    fn forget_taken(&mut self) {
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
    }

    /// Bytes that the frame which has begun still needs, as far as that is known.
    fn missing(&self) -> usize {
        let header = self.bytes.first_chunk::<HEADER>();
        let length = header.and_then(|header| read_header(*header).ok());
        length.map_or(0, |(_, length)| (HEADER + length).saturating_sub(self.bytes.len()))
    }

    /// The next frame, if all of it is here.
    ///
    /// # Errors
    /// If what is here is no frame; the stream is of no use after that.
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

    /// Whether [`Decoder::next_frame`] would give one.
    ///
    /// # Errors
    /// As there.
    pub fn has_frame(&self) -> Result<bool, WireError> {
        self.whole().map(|frame| frame.is_some())
    }

    /// Kind and length of the next frame, if all of it is here.
    fn whole(&self) -> Result<Option<(Kind, usize)>, WireError> {
        let rest = &self.bytes[self.at..];
        if rest.first().is_some_and(|first| *first != MARK) {
            return Err(WireError::Foreign { begins: rest[..rest.len().min(HEADER)].to_vec() });
        }
        let Some(header) = rest.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let (kind, length) = read_header(*header)?;
        Ok((rest.len() >= HEADER + length).then_some((kind, length)))
    }

    /// The stream has ended: is something left over?
    ///
    /// # Errors
    /// [`WireError::Torn`] or [`WireError::Foreign`].
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
