// One version: what is in it, how far it is, and what can be done with it.
import { type Schemas, exchange, send, urlOf } from "../api";
import { Action, REASON } from "../form";
import { hexOf, sizeText } from "../format";
import { useLive } from "../live";
import { Link } from "../router";
import { useRights } from "../session";
import { Badge, Facts, Id, Loaded, Page, Section, Table, Time } from "../ui";
import { CHANNEL, Marks, ReviewBadge } from "./applications";

const PATH =
  "/v1/service-providers/{spid}/applications/{taid}/versions/{version}";

interface Which {
  spid: string;
  taid: string;
  version: string;
}

export function Approve({ which, done }: { which: Which; done: () => void }) {
  return (
    <Action label="Approve" title={`Approve ${which.version}?`}
            text="It may be released then." done="Approved."
            name={`Approve ${which.taid} ${which.version}`}
            fields={[{ ...REASON, optional: true }]}
            run={async (values) => {
              await send("post", `${PATH}:approve`, {
                path: which, body: { reason: values.text("reason") } });
              done();
              return null;
            }} />
  );
}

export function Reject({ which, done }: { which: Which; done: () => void }) {
  return (
    <Action label="Reject" danger title={`Reject ${which.version}?`}
            name={`Reject ${which.taid} ${which.version}`}
            text="It can’t be released unless it is submitted again."
            done="Rejected." fields={[REASON]}
            run={async (values) => {
              await send("post", `${PATH}:reject`, {
                path: which, body: { reason: values.text("reason") } });
              done();
              return null;
            }} />
  );
}

function Steps({ which, data, done }: {
  which: Which; data: Schemas["GetVersionResponse"]; done: () => void;
}) {
  const rights = useRights();
  const { version } = data;
  if (!version) return null;
  const state = version.reviewState;
  const waits = state === "REVIEW_STATE_SUBMITTED";
  const releases = rights.releases(which.spid);
  return (
    <>
      {rights.pushes(which.spid) && !version.yanked &&
        (state === "REVIEW_STATE_DRAFT" ||
         state === "REVIEW_STATE_REJECTED") && (
        <Action label="Submit for review" title={`Submit ${which.version}?`}
                text={"It is checked, and then it waits for a reviewer: " +
                  "somebody else than who pushed or submitted it."}
                done="Submitted."
                run={async () => {
                  await send("post", `${PATH}:submit`,
                             { path: which, body: {} });
                  done();
                  return null;
                }} />
      )}
      {rights.reviews && waits && <Approve which={which} done={done} />}
      {rights.reviews && waits && <Reject which={which} done={done} />}
      {releases && !version.yanked && (
        <Action label="Release" title={`Release ${which.version}?`}
                text={"Devices to which the application is assigned on this " +
                  "channel install it at their next contact."}
                done="Released." fields={[CHANNEL]}
                run={async (values) => {
                  await send("post", `${PATH}:release`, {
                    path: which,
                    body: { channel: values.text("channel") } });
                  done();
                  return null;
                }} />
      )}
      {releases && (
        <Action label="Deprecate" title={`Deprecate ${which.version}?`}
                text={"It is delivered as before. An empty message takes a " +
                  "deprecation back."}
                done="Changed."
                fields={[{ name: "message", label: "What to use instead",
                           kind: "textarea", optional: true,
                           value: version.deprecation }]}
                run={async (values) => {
                  await send("post", `${PATH}:deprecate`, {
                    path: which,
                    body: { message: values.text("message") } });
                  done();
                  return null;
                }} />
      )}
      {releases && !version.yanked && (
        <Action label="Yank" danger title={`Yank ${which.version}?`}
                text={"For ever: no further device gets it. Devices that " +
                  "have it keep it."}
                done="Yanked." fields={[REASON]}
                run={async (values) => {
                  await send("post", `${PATH}:yank`, {
                    path: which,
                    body: { reason: values.text("reason") } });
                  done();
                  return null;
                }} />
      )}
    </>
  );
}

function Attach({ which, what, title, hint, done }: {
  which: Which; what: "provenance" | "sbom"; title: string; hint: string;
  done: () => void;
}) {
  return (
    <Action label="Attach" title={title} done="Attached." name={title}
            fields={[{ name: what === "sbom" ? "document" : "envelope",
                       label: "File", kind: "file", accept: ".json,.jsonl",
                       hint }]}
            run={async (values) => {
              const file = values.file(what === "sbom" ? "document"
                : "envelope");
              // The document itself is the body.
              const body: unknown = JSON.parse(await file?.text() ?? "");
              await exchange("put", urlOf(`${PATH}/${what}`, { path: which }),
                             body);
              done();
              return null;
            }} />
  );
}

function ManifestSection({ manifest }: {
  manifest: Schemas["Manifest"] | undefined;
}) {
  if (!manifest) {
    return (
      <Section title="Manifest">
        <p class="dim">It was uploaded without one.</p>
      </Section>
    );
  }
  return (
    <Section title="Manifest">
      <Facts of={[["Display name", manifest.displayName],
                  ["Kinds of TEE", manifest.teeKinds?.join(", ") || "any"]]} />
      <Table caption="Applications that it needs"
             rows={manifest.dependencies ?? []} keyOf={(row) => row.taid ?? ""}
             empty="It needs no other application."
             columns={[
               { name: "Application", cell: (row) => row.taid },
               { name: "Lowest version", cell: (row) => row.minVersion }]} />
      {manifest.personalizationSchema && (
        <details>
          <summary>Schema of the personalization data</summary>
          <pre>{manifest.personalizationSchema}</pre>
        </details>
      )}
    </Section>
  );
}

export function VersionPage(which: Which) {
  const rights = useRights();
  const result = useLive(PATH, { path: which });
  const done = result.reload;
  const mayAttach = rights.pushes(which.spid);
  return (
    <Page title={`Version ${which.version}`} live={result.live}
          actions={result.data && (
            <Steps which={which} data={result.data} done={done} />)}>
      <p class="dim">Of <Link to={["applications", which.spid, which.taid]}>
        {which.taid}</Link> by{" "}
        <Link to={["providers", which.spid]}>{which.spid}</Link>.</p>
      <Loaded of={result}>
        {(data) => data.version && (
          <>
            <Section title="Image">
              <Facts of={[
                ["State", <Marks version={data.version} />],
                ["Format", data.version.format],
                ["Size", sizeText(Number(data.version.imageBytes))],
                ["Uploaded", <Time of={data.version.pushedAt} />],
                ["SHA-256", <Id of={hexOf(data.version.imageSha256)} full />],
                ["Deprecated", data.version.deprecation],
                ["Yanked", data.version.yankReason],
                ["Withheld", data.version.withheld]]} />
            </Section>
            <Section title="Review">
              {data.review ? (
                <Facts of={[
                  ["State", <ReviewBadge state={data.review.state} />],
                  ["Submitted by", data.review.submittedBy],
                  ["Submitted", <Time of={data.review.submittedAt} />],
                  ["Checks passed", data.review.checks.join(", ")],
                  ["Reviewed by", data.review.reviewedBy],
                  ["Reviewed", data.review.reviewedAt && (
                    <Time of={data.review.reviewedAt} />)],
                  ["Reason", data.review.reason]]} />
              ) : <p class="dim">It has not been submitted.</p>}
            </Section>
            <ManifestSection manifest={data.manifest} />
            <Section title="Provenance" actions={mayAttach &&
              !data.provenance && (
              <Attach which={which} what="provenance" done={done}
                      title="Attach a provenance"
                      hint="An in-toto statement in a DSSE envelope, JSON." />
            )}>
              {data.provenance ? (
                <Facts of={[
                  ["Verified", <Badge tone="good">signature and image</Badge>],
                  ["Type", data.provenance.predicateType],
                  ["Signed by", (
                    <Id of={hexOf(data.provenance.signerFingerprint)} />)],
                  ["Attached", <Time of={data.provenance.attachedAt} />]]} />
              ) : <p class="dim">None.</p>}
            </Section>
            <Section title="Bill of materials" actions={mayAttach &&
              !data.sbom && (
              <Attach which={which} what="sbom" done={done}
                      title="Attach a bill of materials"
                      hint="SPDX or CycloneDX as JSON, up to 4 MiB." />
            )}>
              {data.sbom ? (
                <Facts of={[
                  ["Format", data.sbom.format],
                  ["Size", sizeText(Number(data.sbom.size))],
                  ["SHA-256", <Id of={hexOf(data.sbom.sha256)} />],
                  ["Attached", <Time of={data.sbom.attachedAt} />]]} />
              ) : <p class="dim">None.</p>}
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
