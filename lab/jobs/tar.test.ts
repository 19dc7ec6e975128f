import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { TarReader } from "./tar.ts";

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), "lab-tar-"))));
after(() => rmSync(folder, { recursive: true, force: true }));

const tree = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length), readFileSync(path).toString("base64")] as const),
  );

test("an archive that arrives in pieces of any size is unpacked as tar packed it", () => {
  const source = join(folder, "source");
  mkdirSync(join(source, "base", "5", "empty"), { recursive: true });
  // Sizes around the block: the ends of files are where an unpacker errs.
  for (const size of [0, 1, 511, 512, 513, 1_024, 20_000])
    writeFileSync(join(source, "base", "5", String(size)), Buffer.alloc(size, size % 251));
  writeFileSync(join(source, "x".repeat(90)), "long name");
  const archive = execFileSync("tar", ["--format=ustar", "-cf", "-", "-C", source, "."]);
  let round = 0;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      round += 1;
      const target = join(folder, `target-${round}`);
      mkdirSync(target);
      const reader = new TarReader(target, null);
      for (let at = 0, piece = 0; at < archive.length; piece += 1) {
        const size = sizes[piece % sizes.length] ?? 1;
        reader.write(archive.subarray(at, at + size));
        at += size;
      }
      reader.finish();
      assert.deepEqual(tree(target), tree(source));
      rmSync(target, { recursive: true });
    }),
    { numRuns: 30 },
  );
});

test("an archive that breaks off in a file, or names a file outside, is refused", () => {
  const source = join(folder, "other");
  mkdirSync(source);
  writeFileSync(join(source, "file"), Buffer.alloc(2_000, 1));
  const archive = execFileSync("tar", ["--format=ustar", "-cf", "-", "-C", source, "file"]);
  const broken = new TarReader(folder, null);
  broken.write(archive.subarray(0, 1_500));
  assert.throws(() => broken.finish(), /in the middle of a file/);
  const evil = Buffer.from(archive);
  evil.write("../evil\0", 0, "latin1");
  assert.throws(() => new TarReader(folder, null).write(evil), /outside the volume/);
});
