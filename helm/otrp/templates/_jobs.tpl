{{/*
The steps before the services: secrets, database roles, migrations, bootstrap.

With an external database each is a hook before install and upgrade, in this
order. A bundled database is an object of the release, so that nothing before
the first install could reach it: then one plain Job does the steps while the
services wait (they are ready later), and from the first upgrade on the hooks
do. Who renders without the cluster ("helm template", Argo CD) always has the
plain Job: its name is made of its content, so that another content is another
Job and none is ever changed, which the API server would refuse.
*/}}

{{- define "otrp.bundled" -}}
{{- if eq .Values.database.mode "bundled" }}true{{ end -}}
{{- end }}

{{/* "true" while the bundled database isn't there. */}}
{{- define "otrp.firstStart" -}}
{{- if include "otrp.bundled" . -}}
{{- if not (lookup "apps/v1" "StatefulSet" .Release.Namespace (printf "%s-postgres" (include "otrp.fullname" .))) -}}true{{- end -}}
{{- end -}}
{{- end }}

{{- define "otrp.setsUpDatabase" -}}
{{- if or (include "otrp.bundled" .) .Values.database.setup.enabled }}true{{ end -}}
{{- end }}

{{/* "true" where the bootstrap writes certificates into Secrets. */}}
{{- define "otrp.ownIssuer" -}}
{{- if eq .Values.tls.mode "own" }}true{{ end -}}
{{- end }}

{{/* (dict "weight" "-20" "events" "pre-install,pre-upgrade") */}}
{{- define "otrp.hook" -}}
helm.sh/hook: {{ default "pre-install,pre-upgrade" .events }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
helm.sh/hook-output-log-policy: hook-failed
{{- end }}

{{/* Events of a step that needs the database. */}}
{{- define "otrp.databaseEvents" -}}
{{- if include "otrp.bundled" . }}pre-upgrade{{ else }}pre-install,pre-upgrade{{ end -}}
{{- end }}

{{/* Pod of a Job: (dict "root" $ "component" "migrate" "account" "" "token" false "init" "..." "containers" "..." "volumes" "...") */}}
{{- define "otrp.jobPod" -}}
metadata:
  labels:
    {{- include "otrp.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    otrp-job: {{ .component }}
  {{- with .root.Values.jobs.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  # Each try has a pod of its own, which stays, and its log with it.
  restartPolicy: Never
  {{- include "otrp.pullSecrets" .root | nindent 2 }}
  {{- with .account }}
  serviceAccountName: {{ . }}
  {{- end }}
  automountServiceAccountToken: {{ .token }}
  enableServiceLinks: false
  securityContext:
    {{- include "otrp.podSecurity" .root | nindent 4 }}
  {{- with .root.Values.jobs.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.jobs.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .init }}
  initContainers:
    {{- . | trim | nindent 4 }}
  {{- end }}
  containers:
    {{- .containers | trim | nindent 4 }}
  volumes:
    {{- .volumes | trim | nindent 4 }}
{{- end }}

{{- define "otrp.jobContainerCommon" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  {{- include "otrp.containerSecurity" . | nindent 2 }}
resources:
  {{- toYaml .Values.jobs.resources | nindent 2 }}
{{- end }}

{{/* Roles and database. */}}
{{- define "otrp.setupContainer" -}}
{{- $root := . }}
- name: database-setup
  image: {{ include "otrp.image" (dict "root" . "image" .Values.migrate.image) | quote }}
  {{- include "otrp.jobContainerCommon" . | nindent 2 }}
  command: [/usr/bin/psql]
  args: [-X, -q, -v, ON_ERROR_STOP=1, -f, /etc/otrp/database.sql]
  env:
    - {name: HOME, value: /tmp}
    - {name: PGHOST, value: {{ include "otrp.databaseHost" . | quote }}}
    - {name: PGPORT, value: {{ .Values.database.port | quote }}}
    - {name: PGCONNECT_TIMEOUT, value: "10"}
    {{- if include "otrp.bundled" . }}
    - {name: PGSSLMODE, value: disable}
    - {name: PGDATABASE, value: postgres}
    - {name: PGUSER, value: postgres}
    {{- else }}
    - {name: PGSSLMODE, value: {{ .Values.database.sslMode | quote }}}
    {{- if .Values.database.caSecret.existingSecret }}
    - {name: PGSSLROOTCERT, value: /run/otrp/database-ca/ca.crt}
    {{- end }}
    - {name: PGDATABASE, value: {{ .Values.database.setup.maintenanceDatabase | quote }}}
    - name: PGUSER
      valueFrom:
        secretKeyRef: {name: {{ include "otrp.adminSecret" . }}, key: {{ .Values.database.setup.usernameKey | quote }}}
    {{- end }}
    - name: PGPASSWORD
      valueFrom:
        secretKeyRef:
          name: {{ include "otrp.adminSecret" . }}
          key: {{ ternary .Values.database.bundled.passwordKey .Values.database.setup.passwordKey (eq .Values.database.mode "bundled") | quote }}
    - {name: OTRP_DATABASE, value: {{ .Values.database.name | quote }}}
    {{- range $role, $given := .Values.database.roles }}
    - name: OTRP_PASSWORD_{{ upper $role }}
      valueFrom:
        secretKeyRef:
          name: {{ include "otrp.roleSecret" (dict "root" $root "role" $role) }}
          key: {{ $given.passwordKey | quote }}
    {{- end }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
    - {name: sql, mountPath: /etc/otrp, readOnly: true}
    {{- include "otrp.databaseCaMount" . | nindent 4 }}
{{- end }}

{{- define "otrp.setupVolumes" -}}
- name: sql
  configMap:
    name: {{ include "otrp.fullname" . }}-database-sql{{ if not (include "otrp.firstStart" .) }}-hook{{ end }}
{{- end }}

{{/* One container a schema: they are small, and run one after the other. */}}
{{- define "otrp.migrateContainers" -}}
{{- $root := .root }}
{{- range $schema := .schemas }}
- name: migrate-{{ $schema }}
  image: {{ include "otrp.image" (dict "root" $root "image" $root.Values.migrate.image) | quote }}
  {{- include "otrp.jobContainerCommon" $root | nindent 2 }}
  command: [/usr/bin/otrp_migrate]
  args:
    - --dsn_file=/run/otrp/migrate/dsn
    {{- /* A server takes what a pooler of sessions takes. */}}
    {{- include "otrp.databaseArgs" $root | replace "=transaction" "=session" | nindent 4 }}
    - --schema={{ $schema }}
    - --dir=/usr/share/otrp/migrations/{{ $schema }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
    - {name: migrate, mountPath: /run/otrp/migrate, readOnly: true}
    {{- include "otrp.databaseCaMount" $root | nindent 4 }}
{{- end }}
{{- end }}

{{- define "otrp.migrateVolumes" -}}
{{- if and (eq .Values.database.pooler "transaction") (not .Values.database.roles.migrate.existingSecret) }}
{{- fail "database.roles.migrate.existingSecret: must be given with database.pooler=transaction: a connection string to the server itself" }}
{{- end }}
- name: migrate
  secret:
    secretName: {{ include "otrp.roleSecret" (dict "root" . "role" "migrate") }}
    defaultMode: 0440
    items:
      - {key: {{ .Values.database.roles.migrate.dsnKey | quote }}, path: dsn}
{{- end }}

{{/* Hierarchies, anchors, and with the own issuer the certificates. */}}
{{- define "otrp.bootstrapContainer" -}}
{{- $full := include "otrp.fullname" . }}
- name: bootstrap
  image: {{ include "otrp.image" (dict "root" . "image" .Values.ca.image) | quote }}
  {{- include "otrp.jobContainerCommon" . | nindent 2 }}
  command: [/usr/bin/ca_bootstrap]
  args:
    - --dsn_file=/run/otrp/dsn/dsn
    {{- include "otrp.databaseArgs" . | nindent 4 }}
    - --kek_file=/run/otrp/kek/{{ .Values.secrets.kekCa.key }}
    - --pki_url={{ include "otrp.pkiUrl" . }}
    - --tsm_ids={{ .Values.tsm.id }}
    {{- if include "otrp.ownIssuer" . }}
    - --tls_out=/run/otrp/tls-out/tls
    - --operator_lifetime={{ .Values.tls.operatorLifetime }}
    - --dns_names={{ $full }}-*,{{ $full }}-*.{{ .Release.Namespace }}.svc
    - --web_dns_names={{ concat (list (printf "%s-gateway" $full) (printf "%s-gateway.%s.svc" $full .Release.Namespace) (printf "%s-api" $full) (printf "%s-api.%s.svc" $full .Release.Namespace)) .Values.gateway.https.dnsNames .Values.api.https.dnsNames | join "," }}
    - --kubernetes_secrets={{ $full }}-tls-
    - --kubernetes_labels={{ include "otrp.madeLabels" . }}
    {{- end }}
    {{- include "otrp.previousKekArgs" . | nindent 4 }}
    {{- include "otrp.pkcs11Args" . | nindent 4 }}
  {{- with include "otrp.pkcs11Env" . }}
  env:
    {{- . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
    - {name: dsn, mountPath: /run/otrp/dsn, readOnly: true}
    - {name: kek-ca, mountPath: /run/otrp/kek, readOnly: true}
    {{- include "otrp.previousKekMount" . | nindent 4 }}
    {{- include "otrp.pkcs11Mounts" . | nindent 4 }}
    {{- include "otrp.databaseCaMount" . | nindent 4 }}
    {{- if include "otrp.ownIssuer" . }}
    - {name: tls-out, mountPath: /run/otrp/tls-out}
    {{- end }}
{{- end }}

{{- define "otrp.bootstrapVolumes" -}}
{{ include "otrp.dsnVolume" (dict "root" . "role" "ca") }}
{{ include "otrp.keyVolume" (dict "root" . "which" "kekCa") }}
{{- include "otrp.previousKekVolume" . | nindent 0 }}
{{- include "otrp.pkcs11Volumes" . | nindent 0 }}
{{- if include "otrp.ownIssuer" . }}
- name: tls-out
  emptyDir: {medium: Memory, sizeLimit: 8Mi}
{{- end }}
{{- end }}

{{/* Labels of Secrets that a Job makes; they aren't Helm's. */}}
{{- define "otrp.madeLabels" -}}
app.kubernetes.io/part-of=otrp,app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/managed-by=ca_bootstrap
{{- end }}

{{- define "otrp.commonVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- with include "otrp.databaseCaVolume" . }}
{{ . | trim }}
{{- end }}
{{- end }}

{{/* Names of the Secrets that the bootstrap keeps. */}}
{{- define "otrp.tlsSecretNames" -}}
{{- $full := include "otrp.fullname" . -}}
{{- range include "otrp.services" . | fromYaml }}
- {{ $full }}-tls-{{ .object }}
{{- end }}
- {{ $full }}-tls-operator
- {{ $full }}-tls-gateway-web
- {{ $full }}-tls-api-web
{{- end }}

{{/* An account that may make Secrets and keep those named, nothing else:
(dict "root" $ "name" "..." "annotations" "..." "secrets" "- a\n- b") */}}
{{- define "otrp.secretsAccount" -}}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  labels:
    {{- include "otrp.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  labels:
    {{- include "otrp.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
rules:
  # Making one can't be bound to a name: the API server doesn't look at it.
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create]
  - apiGroups: [""]
    resources: [secrets]
    verbs: [get, patch]
    resourceNames:
      {{- .secrets | trim | nindent 6 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "otrp.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ .name }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
