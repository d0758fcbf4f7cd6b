{{/* Names, labels, images. */}}

{{- define "otrp.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "otrp.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 30 | trimSuffix "-" -}}
{{- else if contains (include "otrp.name" .) .Release.Name -}}
{{- .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "otrp.name" .) | trunc 30 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/*
The services of files/services.json (deploy/services.json), by their key in the
values: the row, object (suffix of object names), port of the RPCs, metrics
port, flag by which others are told its address.
*/}}
{{- define "otrp.services" -}}
{{- range .Files.Get "files/services.json" | fromJsonArray }}
{{ include "otrp.valueKey" .name }}: {{ merge (dict "object" (replace "_" "-" .name) "port" .rpc_port "metrics" .metrics_port "flag" (printf "%s_addr" .short)) . | toJson }}
{{- end }}
{{- end }}

{{/* attestation_verifier -> attestationVerifier */}}
{{- define "otrp.valueKey" -}}
{{- . | camelcase | untitle -}}
{{- end }}

{{/* Schemas of the services, as {"schemas": [..]}. */}}
{{- define "otrp.schemas" -}}
{{- $schemas := list -}}
{{- range include "otrp.services" . | fromYaml }}{{ with .schema }}{{ $schemas = append $schemas . }}{{ end }}{{ end -}}
{{- dict "schemas" (sortAlpha $schemas) | toJson -}}
{{- end }}

{{/*
Who calls whom: the arrows of docs/architecture.md. Addresses in flags and
NetworkPolicies come from here.
*/}}
{{- define "otrp.arrows" -}}
{{- range $key, $s := include "otrp.services" . | fromYaml }}
{{ $key }}: [{{ range $i, $peer := $s.calls }}{{ if $i }}, {{ end }}{{ include "otrp.valueKey" $peer }}{{ end }}]
{{- end }}
{{- end }}

{{- define "otrp.selectorLabels" -}}
app.kubernetes.io/name: {{ include "otrp.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "otrp.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "otrp.selectorLabels" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/part-of: otrp
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* (dict "root" $ "image" {repository, tag, digest}) */}}
{{- define "otrp.image" -}}
{{- $registry := default .root.Values.image.registry .root.Values.global.imageRegistry -}}
{{- required "image.registry: must be given: where the suite's images are, e.g. registry.example.com/team, or localhost for images that were loaded into the nodes (docs/kubernetes.md)" $registry | trimSuffix "/" }}/
{{- .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}
{{- else }}:{{ default (default .root.Chart.AppVersion .root.Values.image.tag) .image.tag }}{{ end -}}
{{- end }}

{{- define "otrp.pullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Pod Security "restricted", for our images: user and group 65532. The
group is how mounted secrets can be read. */}}
{{- define "otrp.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "otrp.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* (dict "root" $ "key" "tsm") */}}
{{- define "otrp.serviceAccount" -}}
{{- $s := index (include "otrp.services" .root | fromYaml) .key -}}
{{- default (printf "%s-%s" (include "otrp.fullname" .root) $s.object) (index .root.Values .key).serviceAccount.name -}}
{{- end }}

{{- define "otrp.pkiUrl" -}}
{{- $port := int .Values.gateway.service.httpPort -}}
{{- default (printf "http://%s-gateway.%s.svc%s" (include "otrp.fullname" .) .Release.Namespace (ternary "" (printf ":%d" $port) (eq $port 80))) .Values.pki.url -}}
{{- end }}

{{/* Address of a service for another one: (dict "root" $ "key" "tsm"). A
headless Service: its name has the address of every pod, among which gRPC shares
the calls. Behind one address, a connection would stay with one pod. */}}
{{- define "otrp.address" -}}
{{- $s := index (include "otrp.services" .root | fromYaml) .key -}}
{{- printf "%s-%s-rpc.%s.svc:%d" (include "otrp.fullname" .root) $s.object .root.Release.Namespace (int $s.port) -}}
{{- end }}
