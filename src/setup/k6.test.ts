import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { UserError } from "../model/user-error.ts";
import { cacheFolder } from "./cache.ts";
import { findK6 } from "./k6.ts";
import { builtK6Path } from "./k6-build.ts";

interface Place extends AsyncDisposable {
  readonly environment: NodeJS.ProcessEnv;
  readonly said: string[];
  /** Puts a program of a few lines of sh on this place's PATH. */
  program(name: string, script: string): Promise<string>;
  find(): ReturnType<typeof findK6>;
}

/** A machine with nothing on PATH but what a test puts there. */
async function emptyPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "drill-k6-"));
  const bin = join(folder, "bin");
  await mkdir(bin);
  const environment: NodeJS.ProcessEnv = { PATH: bin, HOME: folder };
  const said: string[] = [];
  return {
    environment,
    said,
    program: async (name, script) => {
      const path = join(bin, name);
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    },
    find: async () => await findK6({ environment, progress: (line) => said.push(line) }),
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}

const answering = (version: string): string => `echo "k6 ${version} (commit/abc, go1.25.1, linux/amd64)"`;
const ours = `echo "k6 v2.2.0 (go1.26.8, linux/amd64)"; echo "Extensions:"; echo "  x , k6/x/ledger [js]"; echo "  y , ledger [output]"`;
const failingGo = `[ "$1" = env ] && echo go1.24.3 && exit 0; echo "go: downloading a v1" >&2; echo "main.go:3: no such module" >&2; exit 1`;

async function refusal(place: Place): Promise<UserError> {
  try {
    await place.find();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error;
  }
  return assert.fail("something was found");
}

test("K6_BIN comes first, and what it names is looked at", async () => {
  await using place = await emptyPlace();
  place.environment["K6_BIN"] = await place.program("mine", answering("v1.4.0"));
  assert.deepEqual(await place.find(), { path: place.environment["K6_BIN"], kind: "console", version: "v1.4.0" });
  place.environment["K6_BIN"] = await place.program("mine-with-ledger", ours);
  assert.equal((await place.find()).kind, "ledger");

  place.environment["K6_BIN"] = await place.program("old", answering("v0.56.0"));
  const old = await refusal(place);
  assert.match(old.message, /v0\.56\.0; v0\.57 or later/);
  for (const no of ["/no/such/file", await place.program("other", "echo hello")]) {
    place.environment["K6_BIN"] = no;
    const refused = await refusal(place);
    assert.equal(refused.exitCode, 64);
    assert.ok(refused.message.includes(no));
  }
});

test("nothing there: one sentence names every way to get one", async () => {
  await using place = await emptyPlace();
  const refused = await refusal(place);
  assert.equal(refused.exitCode, 69);
  assert.match(refused.message, /no Go on PATH.*no k6 on PATH.*Go 1\.21.*v0\.57.*K6_BIN/);
});

test("what was built before is used, and nothing is built again", async () => {
  await using place = await emptyPlace();
  await place.program("go", "exit 9");
  const built = await builtK6Path(cacheFolder(place.environment));
  await mkdir(dirname(built), { recursive: true });
  await writeFile(built, `#!/bin/sh\n${ours}\n`, { mode: 0o755 });
  assert.deepEqual(await place.find(), { path: built, kind: "ledger", version: "v2.2.0" });
  assert.deepEqual(place.said, []);
});

test("a build puts k6 where the next one finds it, with the flags that make it reproducible", async () => {
  await using place = await emptyPlace();
  await place.program(
    "go",
    `[ "$1" = env ] && echo go1.21.0 && exit 0
     [ "$*" = "build -mod=readonly -trimpath -buildvcs=false -ldflags=-s -w -o $7 ." ] || { echo "flags: $*" >&2; exit 1; }
     [ "$CGO_ENABLED $GOTOOLCHAIN $GOWORK" = "0 auto off" ] || { echo "settings" >&2; exit 1; }
     [ -f go.sum ] || { echo "not in the module" >&2; exit 1; }
     printf '#!/bin/sh\\n${ours}\\n' > "$7"; /bin/chmod 755 "$7"`,
  );
  const built = await builtK6Path(cacheFolder(place.environment));
  assert.deepEqual(await place.find(), { path: built, kind: "ledger", version: "v2.2.0" });
  assert.match(place.said[0] ?? "", /building k6 .*first time/);
  assert.deepEqual(await place.find(), { path: built, kind: "ledger", version: "v2.2.0" });
  assert.equal(place.said.length, 2, place.said.join("\n"));
});

test("no build, but a stock k6: the console writer, and why", async () => {
  await using place = await emptyPlace();
  await place.program("go", failingGo);
  const stock = await place.program("k6", answering("v1.2.3"));
  assert.deepEqual(await place.find(), { path: stock, kind: "console", version: "v1.2.3" });
  assert.match(place.said.at(-1) ?? "", /console writer.*exit 1: main\.go:3: no such module/);
});

test("a Go or a k6 that is too old is named as such", async () => {
  await using place = await emptyPlace();
  await place.program("go", `echo go1.20.14`);
  await place.program("k6", answering("v0.49.0"));
  assert.match((await refusal(place)).message, /go1\.20\.14, and Go 1\.21 or later.*v0\.49\.0, too old/);
});
