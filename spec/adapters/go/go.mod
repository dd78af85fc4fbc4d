// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause

module adapter

go 1.21

require kfi v0.0.0

replace kfi => ../../go
