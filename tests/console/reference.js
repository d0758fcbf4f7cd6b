// The served reference in real Chromium: all operations are on it, its links
// lead somewhere, and it has no barriers. node reference.js SETUP.json; writes
// what it has seen to standard output.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");

const { Browser } = require("./browser.js");

const setup = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));

// "GET /v1/devices" by operationId.
function operationsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) =>
      [operationId, `${method.toUpperCase()} ${path}`]));
}

// Follows a link as a reader does.
async function leads(page, name, id) {
  await page.getByRole("link", { name, exact: true }).first().click();
  assert.equal(new URL(page.url()).hash, `#${id}`);
  const box = await page.locator(`[id="${id}"]`).boundingBox();
  const { height } = page.viewportSize();
  assert.ok(box.y > -1 && box.y < height, `${id} isn't in sight: ${box.y}`);
}

async function main() {
  const browser = await Browser.start(setup);
  try {
    const reader = await browser.person("reader");
    const { page } = reader;
    await reader.open();
    await reader.sees("OTrP Suite: REST API");
    const links = await page.locator("a[href]").evaluateAll(
      (found) => [...new Set(found.map((link) => link.href))]);
    const ids = await page.locator("[id]").evaluateAll(
      (found) => found.map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length, "an id is there twice");
    const here = `${setup.base}#`;
    for (const link of links.filter((one) => one.startsWith(here))) {
      assert.ok(ids.includes(decodeURIComponent(link.slice(here.length))),
                `${link} leads nowhere`);
    }
    const away = links.filter((link) => !link.startsWith(here));
    const document_ = `${new URL(setup.base).origin}/openapi.json`;
    assert.deepEqual(away, [document_]);
    const answer = await page.request.get(document_);
    assert.equal(answer.status(), 200);
    const operations = operationsOf(await answer.json());
    for (const [id, words] of operations) {
      assert.equal(await page.locator(`section[id="${id}"]`)
        .getByText(words, { exact: true }).count(), 1, `${id}: ${words}`);
      assert.equal(await page.getByRole("navigation").locator(
        `a[href="#${id}"]`).count(), 1, `${id} isn't in the list`);
    }
    await reader.check("reference");
    await leads(page, "Lists devices with what they have and what is still to be done", "listDevices");
    await leads(page, "ListDevicesResponse", "schema-ListDevicesResponse");
    process.stdout.write(JSON.stringify({
      faults: browser.faults, operations: operations.length,
      links: links.length }) + "\n");
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
