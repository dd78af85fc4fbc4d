#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# OSS-Fuzz runs this in its container, with CC, CFLAGS, CXX, CXXFLAGS, LIB_FUZZING_ENGINE, SRC, OUT and WORK set, to
# build the targets of our own C readers and host with their seeds, options and dictionary.
repository=$SRC/kvm-fault-info
here=$repository/spec/fuzz/oss-fuzz
own=$repository/tests/fuzz/own

for target in record reply ring firmware fill; do
	$CC $CFLAGS -std=gnu11 "-DOWN_TARGET=OWN_${target^^}" \
		-I"$own" -I"$repository/spec/c" -I"$repository/spec/uapi" \
		-c "$own/libfuzzer.c" -o "$WORK/$target.o"
	# The engine is C++.
	$CXX $CXXFLAGS "$WORK/$target.o" $LIB_FUZZING_ENGINE -o "$OUT/$target"
	cp "$here/$target.options" "$OUT/"
	(cd "$here/seeds/$target" && python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" ./*)
done
cp "$repository/spec/formats/kvm_arm_fault_info.dict" "$OUT/"
