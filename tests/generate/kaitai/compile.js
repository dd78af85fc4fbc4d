// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
// node compile.js LANGUAGE FILE.ksy FOLDER: the compiler is a library and has no command of its own.
"use strict";

const fs = require("fs");
const path = require("path");
const compiler = require("kaitai-struct-compiler");
const yaml = require("js-yaml");

const [language, source, folder] = process.argv.slice(2);
compiler.compile(language, yaml.load(fs.readFileSync(source, "utf8")), null, false).then(
  (files) => {
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  },
  (error) => {
    console.error(String(error));
    process.exit(1);
  },
);
