#!/usr/bin/env node
// The `drill` command of an installed package: registers the TypeScript loader and hands over to the command line in src/cli.ts.
import { register } from "tsx/esm/api";

register();
await import("./cli.ts");
