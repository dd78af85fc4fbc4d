// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause

//! Your parser comes here.

use crate::Read;

/// Reads a record, of which `exact` says whether the bytes hold just it, as a reader that knows minor versions up to
/// `reader`; or the rule by which it is refused.
pub fn parse_record(_data: &[u8], _reader: u8, _exact: bool) -> Result<Read, &'static str> {
    Err("vmm.malformed")
}
