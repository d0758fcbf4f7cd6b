// The walk through the console: an operator lets a bank in, the bank ships an
// application, a reviewer looks at it, and a device gets it while the operator
// watches. node walk.js SETUP.json; writes what it has seen to standard output.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");

const { Browser } = require("./browser.js");

const setup = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const { spid, taid, did, company } = setup;

// One of the suite's programs, as python has put it together.
function run(name, ...more) {
  const [program, ...args] = setup.commands[name];
  return execFileSync(program, [...args, ...more],
                      { encoding: "utf8", env: setup.environment });
}

function size(octets) {
  return `${(octets / 1024 / 1024).toFixed(1)} MiB`;
}

// Becomes a member by a code, and signs in with the token that is shown once.
async function accept(person, code, name) {
  await person.page.getByRole("link", { name: "Accept an invitation" }).click();
  await person.sees("Accept an invitation");
  await person.fill(person.page, { Code: code, "Your name": name });
  await person.page.getByRole("button", { name: "Accept" }).click();
  const token = await person.page.locator(".secret").textContent();
  assert.match(token, /^otrp_/);
  await person.check("invitation-accepted");
  await person.page.getByRole("button", { name: "Sign in with it" }).click();
  await person.sees("Overview");
  return token;
}

// Opens the console as nobody.
async function arrive(person) {
  await person.refused("status of 401", async () => {
    await person.open();
    await person.sees("Sign in");
  });
}

async function strangers(operator) {
  const { page } = operator;
  await arrive(operator);
  await operator.check("sign-in");
  // By keys alone, and a token that nobody gave.
  await page.getByLabel("Token").focus();
  await page.keyboard.type("otrp_nobodys");
  await operator.refused("status of 401", async () => {
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
  });
  await operator.check("sign-in-refused");
}

async function register(owner) {
  const { page } = owner;
  await arrive(owner);
  await page.getByRole("link", { name: "Register a service provider" })
    .click();
  await owner.sees("Register a service provider");
  await owner.check("register");
  await owner.fill(page, { "Service provider’s id": "a bank",
                           "Name of the company": company,
                           Contact: "+49 30 1" });
  const wrong = page.getByLabel("Service provider’s id");
  await owner.refused("status of 400", async () => {
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByRole("alert").waitFor();
  });
  assert.equal(await wrong.getAttribute("aria-invalid"), "true");
  assert.equal(await wrong.evaluate((node) => node === document.activeElement),
               true, "the input that is wrong has the focus");
  await owner.check("register-refused");
  await wrong.fill(spid);
  await page.getByRole("button", { name: "Register" }).click();
  const code = await page.locator(".secret").textContent();
  await owner.check("registered");
  return code;
}

async function letIn(operator, owner) {
  await operator.follow("Registrations");
  await operator.page.getByText("None.").waitFor();
  await operator.check("registrations-none");
  const code = await register(owner);
  // It comes by itself.
  await operator.cell(spid);
  await operator.cell(company);
  await operator.says("Registrations: 1");
  await operator.check("registrations");
  await operator.page.getByRole("button", { name: `Approve ${spid}` }).click();
  await operator.check("registration-approve");
  await operator.page.keyboard.press("Escape");
  await operator.does(`Approve ${spid}`);
  await operator.says("Approved.");
  await operator.page.getByText("None.").waitFor();
  await accept(owner, code, "alice");
  assert.equal(await owner.page.getByRole("link", { name: "Devices" }).count(),
               0, "what an SP may not see isn't offered");
  await owner.check("overview-sp");
}

async function certify(owner) {
  await owner.follow("Certificates", `Certificates of ${spid}`);
  await owner.check("certificates-none");
  const dialog = await owner.does("Get a certificate", {
    "Signing request": { file: setup.csr } });
  const chain = await dialog.locator("pre").textContent();
  await owner.check("certificate-issued");
  await dialog.getByRole("button", { name: "Close" }).click();
  await owner.cell("current");
  fs.writeFileSync(setup.chain, chain);
  await owner.check("certificates-sp");
}

async function entitle(operator) {
  await operator.follow("Service providers");
  await operator.check("service-providers");
  await operator.page.getByRole("link", { name: spid }).click();
  await operator.sees(`Account of ${spid}`);
  await operator.check("account");
  await operator.follow("Entitlements", `Entitlements of ${spid}`);
  await operator.does("Grant", { Devices: { option: "All devices" } });
  await operator.cell("all devices");
  await operator.check("entitlements");
}

// An upload that its owner stops, and whose line breaks when it goes on.
async function stopAndGoOn(owner) {
  const { page } = owner;
  const chunk = "**/content?offset=";
  const button = page.getByRole("button", { name: "Upload", exact: true });
  // The second chunk is never answered.
  await page.route(`${chunk}524288`, () => undefined, { times: 1 });
  await button.click();
  await page.getByText("512.0 KiB of").waitFor();
  await owner.check("upload-runs");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("alert").filter({ hasText: "Stopped." }).waitFor();
  await page.route(`${chunk}0`, () => {
    throw new Error("what has come is sent again");
  });
  await page.route(`${chunk}1048576`, (route) => route.abort(), { times: 1 });
  await owner.refused("net::ERR_FAILED", async () => {
    await button.click();
    await page.getByText("The line broke: trying again").waitFor();
    await owner.sees("Version 1.0.0");
  });
}

async function upload(owner) {
  run("sign");
  await owner.follow("Applications");
  await owner.page.getByRole("link", { name: "Upload a version" }).click();
  await owner.sees("Upload a version");
  await owner.fill(owner.page, {
    "Application’s id": taid, Version: "1.0.0",
    "Signed image": { file: setup.image }, "With a manifest": true });
  await owner.fill(owner.page, { "Display name": "Console Pay" });
  await owner.check("upload");
  await stopAndGoOn(owner);
  await owner.page.getByText(size(fs.statSync(setup.image).size)).waitFor();
  await owner.page.getByText("Console Pay").waitFor();
  await owner.check("version");
  await owner.does("Submit for review");
  await owner.says("Submitted.");
  await owner.page.getByRole("link", { name: taid }).click();
  await owner.sees(`Application ${taid}`);
  await owner.does("Assign", { Devices: { option: "All devices" } });
  await owner.cell("all devices");
  await owner.check("application");
}

async function review(operator, approver) {
  await operator.follow("Reviews");
  await operator.cell(taid);
  assert.equal(await operator.page.getByRole("button", { name: /^Approve/ })
    .count(), 0, "an operator who is no approver isn't offered a decision");
  await arrive(approver);
  await accept(approver, setup.approver, "anna");
  await approver.follow("Reviews");
  await approver.check("reviews");
  await approver.does(`Approve ${taid} 1.0.0`, { Reason: "Looked at it." });
  await approver.says("Approved.");
  await approver.page.getByText("None.").waitFor();
}

async function converge(operator, owner) {
  await operator.follow("Devices");
  await operator.page.getByText("No device here.").waitFor();
  run("contact");
  // Nobody has reloaded anything.
  await operator.page.getByRole("link", { name: did.slice(0, 12) }).click();
  await operator.sees("Device");
  await operator.page.getByText("Nothing: the device has what it should")
    .waitFor();
  await operator.check("device-new");
  await owner.page.getByRole("link", { name: "1.0.0" }).click();
  await owner.sees("Version 1.0.0");
  await owner.page.getByText("Looked at it.").waitFor();
  await owner.does("Release");
  await owner.says("Released.");
  await operator.page.getByRole("cell", { name: /^InstallTA/ }).waitFor();
  await operator.page.getByText("converging").first().waitFor();
  await operator.check("device-converging");
  run("contact");
  await operator.cell("installed");
  await operator.page.getByText("settled").first().waitFor();
  await operator.page.getByText("InstallTARequest").first().waitFor();
  await operator.check("device");
  await overlook(operator);
}

// Thousands of rows are counted: not as a stream, but again and again.
async function overlook(operator) {
  const { page } = operator;
  const streams = [];
  const note = (request) => {
    if (request.resourceType() === "eventsource") streams.push(request.url());
  };
  page.on("request", note);
  await operator.follow("Overview");
  await page.getByRole("cell", { name: "1.0.0" }).waitFor();
  await operator.check("overview");
  await page.waitForRequest(/\/v1\/devices\?/);
  page.off("request", note);
  assert.deepEqual(streams, [], "the overview repeats whole lists");
}

async function invite(owner, developer) {
  await owner.follow("Members", `Members of ${spid}`);
  const dialog = await owner.does("Invite", {
    Role: { option: "developer: pushes versions" } });
  const code = await dialog.locator(".secret").textContent();
  await owner.check("invited");
  await dialog.getByRole("button", { name: "Close" }).click();
  await owner.cell("developer");
  await owner.check("members");
  await arrive(developer);
  await accept(developer, code, "dora");
  await developer.open(`#/applications/${spid}/${taid}/1.0.0`);
  await developer.sees("Version 1.0.0");
  await developer.page.getByText("Console Pay").waitFor();
  for (const name of ["Release", "Yank", "Deprecate"]) {
    assert.equal(await developer.page.getByRole("button", { name }).count(), 0,
                 `a developer isn't offered: ${name}`);
  }
  // It comes by itself at the owner's, and goes at the developer's.
  await owner.cell("dora");
  await developer.refused("status of 401", async () => {
    await owner.does("Remove dora");
    await owner.says("Removed.");
    await developer.sees("Sign in");
  });
  await owner.follow("Tokens", `Tokens of ${spid}`);
  const made = await owner.does("Make a token", {
    "What it is for": "the pipeline",
    Role: { option: "developer: pushes versions" } });
  assert.match(await made.locator(".secret").textContent(), /^otrp_/);
  await made.getByRole("button", { name: "Close" }).click();
  await owner.cell("the pipeline");
  await owner.check("tokens");
}

async function hook(owner) {
  const { page } = owner;
  const url = "https://hooks.example.com/otrp";
  await owner.follow("Webhooks", `Webhooks of ${spid}`);
  await page.getByText("None: nobody is told of events.").waitFor();
  await page.getByRole("button", { name: "Make a webhook" }).click();
  const dialog = page.getByRole("dialog");
  const submit = dialog.getByRole("button", { name: "Make a webhook" });
  await owner.fill(dialog, { URL: "nonsense" });
  await owner.refused("status of 400", async () => {
    await submit.click();
    await dialog.getByRole("alert").waitFor();
  });
  assert.equal(await dialog.getByLabel("URL").getAttribute("aria-invalid"),
               "true");
  await owner.check("webhook-refused");
  await owner.fill(dialog, { URL: url });
  await submit.click();
  assert.match(await dialog.locator(".secret").textContent(), /^whsec_/);
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: url }).click();
  await owner.sees("Webhook");
  await page.getByText(url).waitFor();
  await owner.check("webhook");
  await owner.does("Delete");
  await owner.sees(`Webhooks of ${spid}`);
  await page.getByText("None: nobody is told of events.").waitFor();
}

async function lookAround(operator) {
  await operator.follow("Sessions");
  await operator.page.getByText("done").first().waitFor();
  await operator.check("sessions");
  await operator.page.getByRole("table").getByRole("link").first().click();
  await operator.sees("Session");
  await operator.page.getByText("From device").first().waitFor();
  await operator.check("session");
  await operator.follow("Certificates");
  await operator.cell("tee");
  await operator.cell("active");
  await operator.check("certificates");
  await operator.follow("Audit");
  await operator.page.getByText("ta.release").first().waitFor();
  await operator.fill(operator.page, { "Action begins with": "registration." });
  await operator.page.keyboard.press("Enter");
  await operator.page.getByText("registration.approve").waitFor();
  await operator.page.getByRole("button", { name: "Verify the log" }).click();
  await operator.says("The log is intact.");
  await operator.check("audit");
  await operator.follow("Team");
  await operator.cell("anna");
  await operator.check("team");
  await operator.follow("Tokens", "Team");
  await operator.cell("olga");
  await operator.check("team-tokens");
  await operator.open("#/nowhere");
  await operator.sees("There is nothing here");
  await operator.check("nowhere");
}

// What a stolen key has signed goes to no further device, and the owner sees it.
async function revokeSigner(operator, owner) {
  await owner.open(`#/applications/${spid}/${taid}/1.0.0`);
  await owner.sees("Version 1.0.0");
  await operator.follow("Certificates");
  await operator.fill(operator.page, { Show: { option: "sp" } });
  const revoke = operator.page.getByRole("button", { name: /^Revoke / });
  await operator.does(await revoke.getAttribute("aria-label"), {
    Reason: { option: "The key was compromised" } });
  await operator.says("Revoked.");
  await operator.cell("revoked");
  await owner.page.getByText("withheld", { exact: true }).waitFor();
  await owner.page.getByText("signer revoked: keyCompromise").waitFor();
  await owner.check("version-withheld");
}

async function main() {
  const browser = await Browser.start(setup);
  try {
    const [operator, owner, approver, developer] = await Promise.all(
      ["operator", "owner", "approver", "developer"].map(
        (name) => browser.person(name)));
    await strangers(operator);
    await accept(operator, setup.operator, "olga");
    await operator.check("overview-empty");
    await letIn(operator, owner);
    await certify(owner);
    await entitle(operator);
    await upload(owner);
    await review(operator, approver);
    await converge(operator, owner);
    await invite(owner, developer);
    await hook(owner);
    await lookAround(operator);
    await revokeSigner(operator, owner);
    await operator.page.getByRole("button", { name: "Sign out" }).click();
    await operator.sees("Sign in");
    // For good, not on this page alone.
    await operator.refused("status of 401", async () => {
      await operator.page.reload();
      await operator.sees("Sign in");
    });
  } catch (error) {
    for (const context of browser.browser.contexts()) {
      for (const page of context.pages()) {
        console.error(`--- ${page.url()}`);
        console.error(await page.locator("body").innerText());
      }
    }
    console.error(browser.faults.join("\n"));
    throw error;
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify({
    faults: browser.faults, pages: [...browser.checked],
    minor: [...browser.minor ?? []] }) + "\n");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
