// Builds dist/: two scripts, two style sheets, and the licences of every package that is inside them.
import { build } from "esbuild";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import path from "node:path";

const folder = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const dist = path.join(folder, "dist");
rmSync(dist, { recursive: true, force: true });

const { metafile } = await build({
  absWorkingDir: folder,
  entryPoints: { query: "src/query.js", docs: "src/docs.js" },
  outdir: dist,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // they are in LICENSES.txt
  loader: { ".svg": "dataurl" },
  logLevel: "warning",
});

// A published bundle (YASGUI, Swagger UI) holds the packages it depends on, so they are followed through the lock.
const { packages } = JSON.parse(readFileSync(path.join(folder, "package-lock.json"), "utf8"));
const located = (name, from) => {
  for (let base = from; ; base = base.slice(0, base.lastIndexOf("/node_modules/"))) {
    const place = base ? `${base}/node_modules/${name}` : `node_modules/${name}`;
    if (packages[place]) return place;
    if (!base.includes("/node_modules/")) return packages[`node_modules/${name}`] && `node_modules/${name}`;
  }
};
const bundled = new Set();
const follow = (place) => {
  // Scarf counts installations by a script that is never run here; nothing of it is in the bundle.
  if (!place || bundled.has(place) || place.endsWith("@scarf/scarf")) return;
  bundled.add(place);
  for (const name of Object.keys(packages[place].dependencies ?? {})) follow(located(name, place));
};
for (const input of Object.keys(metafile.inputs)) {
  follow(input.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]);
}

const notices = [...bundled].sort().map((place) => {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, place, "package.json"), "utf8"));
  const texts = readdirSync(path.join(folder, place))
    .filter((file) => /^(licen[cs]e|notice|copying)|\.LICENSE\.txt$/i.test(file))
    .map((file) => readFileSync(path.join(folder, place, file), "utf8").trim());
  return [`${name} ${version} · ${license ?? "see below"}`, ...texts].join("\n\n");
});
writeFileSync(path.join(dist, "LICENSES.txt"), notices.join(`\n\n${"-".repeat(78)}\n\n`) + "\n");

for (const file of readdirSync(dist).sort()) {
  const bytes = readFileSync(path.join(dist, file));
  console.log(`${file.padEnd(14)} ${Math.round(bytes.length / 1000)} kB, ${Math.round(gzipSync(bytes).length / 1000)} kB gzip`);
}
