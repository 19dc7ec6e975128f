import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { findJava } from "./java.ts";

const folder = await mkdtemp(join(tmpdir(), "dr-drill-java-"));
after(() => rm(folder, { recursive: true, force: true }));

/** A program called java that says this on stderr and ends with this code. */
async function standIn(name: string, says: string, code: number): Promise<string> {
  const home = join(folder, name);
  await mkdir(join(home, "bin"), { recursive: true });
  await writeFile(join(home, "bin", "java"), `#!/bin/sh\necho '${says}' >&2\nexit ${code}\n`);
  await chmod(join(home, "bin", "java"), 0o755);
  return home;
}

test("a Java that does not run, or is too old, is passed over for one that does", async () => {
  const stub = await standIn("stub", "No Java runtime present, requesting install.", 1);
  const old = await standIn("old", 'java version "1.7.0_80"', 0);
  const good = await standIn("good", 'openjdk version "1.8.0_412"', 0);
  const path = [join(folder, "nothing"), join(stub, "bin"), join(old, "bin"), join(good, "bin")].join(delimiter);
  assert.deepEqual(await findJava({ environment: { PATH: path, JAVA_HOME: stub } }), {
    path: join(good, "bin", "java"),
    version: "1.8.0_412",
  });
});

test("JAVA_HOME comes before PATH", async () => {
  const first = await standIn("first", 'openjdk version "21.0.4" 2024-07-16', 0);
  const second = await standIn("second", 'openjdk version "17.0.1"', 0);
  const found = await findJava({ environment: { PATH: join(second, "bin"), JAVA_HOME: first } });
  assert.equal(found?.version, "21.0.4");
});

test("no Java is null", async () => {
  assert.equal(await findJava({ environment: { PATH: join(folder, "nothing") } }), null);
  assert.equal(await findJava({ environment: {} }), null);
});
