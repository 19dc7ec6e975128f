#!/usr/bin/env node
// The `drill` command of an installed package: registers the TypeScript loader and hands over to the command line in src/cli.ts.
import { register } from "tsx/esm/api";

// Or tsx leaves its cache of compiled sources in the temp folder.
process.env.TSX_DISABLE_CACHE ??= "1";
register();
await import("./cli.ts");
