// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// Request is a payload that is being taken apart.
type Request struct {
	left []byte
	bad  bool
}

// Fixed reads the fixed layout that a payload begins with.
func (r *Request) Fixed(layout any) {
	size := binary.Size(layout)
	if r.bad = r.bad || size > len(r.left); !r.bad {
		binary.Read(bytes.NewReader(r.left), binary.LittleEndian, layout)
		r.left = r.left[size:]
	}
}

// Part takes the next part; it is empty if the payload is cut off.
func (r *Request) Part() []byte {
	var length uint16
	r.Fixed(&length)
	if r.bad = r.bad || int(length) > len(r.left); r.bad {
		return nil
	}
	part := r.left[:length]
	r.left = r.left[length:]
	return part
}

// Answer makes a payload of its fixed layout and its parts.
func Answer(layout any, parts ...[]byte) []byte {
	var out bytes.Buffer
	binary.Write(&out, binary.LittleEndian, layout)
	for _, part := range parts {
		binary.Write(&out, binary.LittleEndian, uint16(len(part)))
		out.Write(part)
	}
	return out.Bytes()
}

// Serve answers requests on standard input until BYE or its end. The texts are what HELLO says: name, version,
// versions of the record, features; answers are those to the features, by type.
func Serve(texts [4]string, answers map[uint16]func(*Request) []byte) error {
	answers[TypeHello] = func(r *Request) []byte {
		r.Fixed(&HelloRequest{})
		return Answer(HelloAnswer{Protocol}, []byte(texts[0]), []byte(texts[1]), []byte(texts[2]), []byte(texts[3]))
	}
	answers[TypeBye] = func(r *Request) []byte {
		r.Fixed(&ByeRequest{})
		return Answer(ByeAnswer{})
	}
	in, out := bufio.NewReaderSize(os.Stdin, 2*FrameMax), bufio.NewWriterSize(os.Stdout, 2*FrameMax)
	defer out.Flush()
	for {
		if in.Buffered() == 0 {
			out.Flush() // before it waits
		}
		var frame Frame
		if err := binary.Read(in, binary.LittleEndian, &frame); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if frame.Length < FrameCounted || frame.Length > FrameCounted+PayloadMax {
			return fmt.Errorf("no frame: length %#x", frame.Length)
		}
		payload := make([]byte, frame.Length-FrameCounted)
		if _, err := io.ReadFull(in, payload); err != nil {
			return err
		}
		asked := frame.Type
		request, said := Request{left: payload}, []byte(nil)
		if answer, known := answers[asked]; !known {
			frame.Type = TypeUnsupported
		} else if said = answer(&request); request.bad || len(request.left) > 0 {
			frame.Type, said = TypeFailed, []byte("the payload is too short or too long")
		}
		frame.Length = FrameCounted + uint32(len(said))
		binary.Write(out, binary.LittleEndian, frame)
		out.Write(said)
		if asked == TypeBye {
			return nil
		}
	}
}
