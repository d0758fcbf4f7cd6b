// Uploads one version of an application.
import { useRef, useState } from "preact/hooks";

import type { Schemas } from "../api";
import { Form, type Values } from "../form";
import { base64Of, sizeText } from "../format";
import { go } from "../router";
import { useRights } from "../session";
import { Page, announce } from "../ui";
import { MOST_OCTETS, type Progress, bring, complete } from "../upload";

// "com.example.base 1.2" on a line.
function dependenciesOf(text: string): Schemas["Dependency"][] {
  return text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "").map((line) => {
      const [taid = "", minVersion = ""] = line.split(/\s+/);
      return { taid, minVersion };
    });
}

function manifestOf(values: Values): Schemas["Manifest"] | undefined {
  if (!values.checked("manifest")) return undefined;
  return {
    displayName: values.text("manifest.displayName"),
    teeKinds: values.text("manifest.teeKinds").split(",")
      .map((kind) => kind.trim()).filter((kind) => kind !== ""),
    dependencies: dependenciesOf(values.text("manifest.dependencies")),
    personalizationSchema: values.text("manifest.personalizationSchema"),
  };
}

const withManifest = (values: Values) => values.checked("manifest");

export function Upload({ query }: { query: URLSearchParams }) {
  const rights = useRights();
  const [progress, setProgress] = useState<Progress>();
  const aborter = useRef<AbortController | undefined>(undefined);

  const submit = async (values: Values) => {
    const file = values.file("image");
    if (!file) throw new Error("Choose the image’s file.");
    if (file.size > MOST_OCTETS) {
      throw new Error(`The image has ${sizeText(file.size)}; 64 MiB is ` +
                      "the most.");
    }
    const image = {
      spid: values.text("spid"), taid: values.text("taid"),
      version: values.text("version"), format: values.text("format"), file,
    };
    const pdata = values.file("personalizationData");
    aborter.current = new AbortController();
    try {
      const upload = await bring(image, aborter.current.signal, setProgress);
      await complete(upload.uploadId,
                     pdata ? base64Of(await pdata.arrayBuffer()) : "",
                     manifestOf(values));
    } catch (error) {
      if (aborter.current.signal.aborted) {
        throw new Error("Stopped. What has come is kept for a day: upload " +
                        "the same file again to go on.");
      }
      throw error;
    } finally {
      setProgress(undefined);
    }
    announce(`Uploaded ${image.version}.`);
    go("applications", image.spid, image.taid, image.version);
  };

  return (
    <Page title="Upload a version">
      <div class="panel">
        <p>The image must be signed with the service provider’s certificate.
          After a break, upload the same file again: it goes on where it
          was.</p>
        <Form label="Upload" submit={submit} fields={[
          { name: "spid", label: "Service provider’s id",
            value: rights.spid ?? query.get("spid") ?? "" },
          { name: "taid", label: "Application’s id",
            value: query.get("taid") ?? "",
            hint: "A UUID, or a reverse domain name such as " +
              "com.example.wallet." },
          { name: "version", label: "Version",
            hint: "One to four numbers with dots between them." },
          { name: "format", label: "Format", kind: "select",
            options: [["jws", "Signed JSON (jws)"], ["optee", "OP-TEE"]] },
          { name: "image", label: "Signed image", kind: "file",
            hint: "Up to 64 MiB; devices get images of up to 16 MiB." },
          { name: "personalizationData", label: "Personalization data",
            kind: "file", optional: true,
            hint: "Kept apart from the image, and given to each device " +
              "encrypted." },
          { name: "manifest", label: "With a manifest", kind: "check" },
          { name: "manifest.displayName", label: "Display name",
            when: withManifest },
          { name: "manifest.teeKinds", label: "Kinds of TEE", optional: true,
            when: withManifest,
            hint: "With commas between them; empty: any." },
          { name: "manifest.dependencies", label: "Needs", kind: "textarea",
            optional: true, when: withManifest,
            hint: "On each line an application’s id and its lowest " +
              "version." },
          { name: "manifest.personalizationSchema", kind: "textarea",
            label: "Schema of the personalization data", optional: true,
            when: withManifest, hint: "A JSON Schema." },
        ]}>
          {progress && (
            <div class="notice">
              <label>
                {progress.tries > 0
                  ? "The line broke: trying again "
                  : "Uploading "}
                ({sizeText(progress.sent)} of {sizeText(progress.size)})
                <progress value={progress.sent} max={progress.size} />
              </label>
              <button type="button" onClick={() => {
                aborter.current?.abort();
              }}>Stop</button>
            </div>
          )}
        </Form>
      </div>
    </Page>
  );
}
