#!/usr/bin/env node
process.stderr.write("scidocs\n");
