{{/* Where each secret stands; what the chart makes itself. */}}

{{/* (dict "root" $ "role" "ca"): the Secret of a database role. */}}
{{- define "otrp.roleSecret" -}}
{{- default (printf "%s-database-%s" (include "otrp.fullname" .root) .role) (index .root.Values.database.roles .role).existingSecret -}}
{{- end }}

{{/* (dict "root" $ "which" "kekCa") */}}
{{- define "otrp.keySecret" -}}
{{- default (printf "%s-%s" (include "otrp.fullname" .root) (kebabcase .which)) (index .root.Values.secrets .which).existingSecret -}}
{{- end }}

{{- define "otrp.adminSecret" -}}
{{- if eq .Values.database.mode "bundled" -}}
{{- default (printf "%s-database-admin" (include "otrp.fullname" .)) .Values.database.bundled.existingSecret -}}
{{- else -}}
{{- .Values.database.setup.existingSecret -}}
{{- end -}}
{{- end }}

{{/* (dict "root" $ "process" "tsm"): keys as in tls.existingSecret. The name
is the one that ca_bootstrap makes of its folder's name. */}}
{{- define "otrp.tlsSecret" -}}
{{- $given := index .root.Values.tls.existingSecret .process -}}
{{- if and (eq .root.Values.tls.mode "existing") (not $given) -}}
{{- fail (printf "tls.existingSecret.%s: must be given where tls.mode is \"existing\"" .process) -}}
{{- end -}}
{{- default (printf "%s-tls-%s" (include "otrp.fullname" .root) (kebabcase .process)) $given -}}
{{- end }}

{{- define "otrp.databaseHost" -}}
{{- if eq .Values.database.mode "bundled" -}}
{{- printf "%s-postgres.%s.svc" (include "otrp.fullname" .) .Release.Namespace -}}
{{- else -}}
{{- .Values.database.host -}}
{{- end -}}
{{- end }}

{{- define "otrp.databaseSsl" -}}
{{- if eq .Values.database.mode "bundled" -}}
sslmode=disable
{{- else -}}
sslmode={{ .Values.database.sslMode }}
{{- if .Values.database.caSecret.existingSecret }} sslrootcert=/run/otrp/database-ca/ca.crt{{ end -}}
{{- end -}}
{{- end }}

{{/* How the programs reach it, as their arguments. */}}
{{- define "otrp.databaseArgs" -}}
- --db_pooler={{ ternary "none" .Values.database.pooler (eq .Values.database.mode "bundled") }}
- --db_least_sslmode={{ ternary "disable" .Values.database.leastSslMode (eq .Values.database.mode "bundled") }}
{{- end }}

{{/* The Secrets that ca_bootstrap --kubernetes_generate makes where nobody
gave them, as its plan. Not Helm: a template can't keep a secret through
"helm template", and a Secret of a release would be stored with each of its
revisions. */}}
{{- define "otrp.plan" -}}
{{- $root := . -}}
{{- $secrets := list -}}
{{- range $s := include "otrp.services" $root | fromYaml -}}
{{- range $key := $s.secrets -}}
{{- $which := $key.value -}}
{{- $given := index $root.Values.secrets $which -}}
{{- if not (or $given.existingSecret $given.csi) -}}
{{- $secrets = append $secrets (dict "name" (include "otrp.keySecret" (dict "root" $root "which" $which)) "data" (dict $given.key "{random}")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $made := list -}}
{{- range $role := append (include "otrp.schemas" $root | fromYaml).schemas "migrate" -}}
{{- $given := index $root.Values.database.roles $role -}}
{{- if not $given.existingSecret -}}
{{- $made = append $made $role -}}
{{- $dsn := printf "host=%s port=%d dbname=%s user=otrp_%s password={%s} %s" (include "otrp.databaseHost" $root) (int $root.Values.database.port) $root.Values.database.name $role $given.passwordKey (include "otrp.databaseSsl" $root) -}}
{{- $secrets = append $secrets (dict "name" (include "otrp.roleSecret" (dict "root" $root "role" $role)) "password" $given.passwordKey "dsnKey" $given.dsnKey "dsn" $dsn) -}}
{{- end -}}
{{- end -}}
{{- if and $made (eq $root.Values.database.mode "external") (not (and $root.Values.database.setup.enabled $root.Values.database.host)) -}}
{{- fail (printf "database.roles.%s.existingSecret: must be given, or let the chart set up the roles (database.host, database.setup.enabled)" (first $made)) -}}
{{- end -}}
{{- if and (eq $root.Values.database.mode "bundled") (not $root.Values.database.bundled.existingSecret) -}}
{{- $secrets = append $secrets (dict "name" (include "otrp.adminSecret" $root) "data" (dict $root.Values.database.bundled.passwordKey "{random}")) -}}
{{- end -}}
{{- toJson $secrets -}}
{{- end }}

{{/* As JSON text; the password stands before what uses it. */}}
{{- define "otrp.planText" -}}
{"secrets": [
{{- range $i, $s := include "otrp.plan" . | fromJsonArray -}}
{{- if $i }},{{ end }}
  {"name": {{ $s.name | toJson }}, "data":
  {{- if $s.dsn }} {
    {{ $s.password | toJson }}: "{random}",
    {{ $s.dsnKey | toJson }}: {{ $s.dsn | toJson }}}
  {{- else }} {{ $s.data | toJson }}
  {{- end -}}
  }
{{- end }}
]}
{{- end }}

{{/* A volume of one key that seals: (dict "root" $ "which" "kekCa") */}}
{{- define "otrp.keyVolume" -}}
{{- $given := index .root.Values.secrets .which -}}
- name: {{ kebabcase .which }}
  {{- if $given.csi }}
  csi:
    readOnly: true
    {{- toYaml $given.csi | nindent 4 }}
  {{- else }}
  secret:
    secretName: {{ include "otrp.keySecret" . }}
    defaultMode: 0440
    items:
      - {key: {{ $given.key | quote }}, path: {{ $given.key | quote }}}
  {{- end }}
{{- end }}

{{/* (dict "root" $ "role" "ca") */}}
{{- define "otrp.dsnVolume" -}}
- name: dsn
  secret:
    secretName: {{ include "otrp.roleSecret" . }}
    defaultMode: 0440
    items:
      - {key: {{ (index .root.Values.database.roles .role).dsnKey | quote }}, path: dsn}
{{- end }}

{{- define "otrp.databaseCaVolume" -}}
{{- with .Values.database.caSecret }}
{{- if .existingSecret }}
- name: database-ca
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - {key: {{ .key | quote }}, path: ca.crt}
{{- end }}
{{- end }}
{{- end }}

{{- define "otrp.databaseCaMount" -}}
{{- if .Values.database.caSecret.existingSecret }}
- {name: database-ca, mountPath: /run/otrp/database-ca, readOnly: true}
{{- end }}
{{- end }}

{{/* (dict "root" $ "process" "tsm" "volume" "tls") */}}
{{- define "otrp.tlsVolume" -}}
- name: {{ .volume }}
  secret:
    secretName: {{ include "otrp.tlsSecret" . }}
    defaultMode: 0440
    items:
      - {key: tls.crt, path: cert.pem}
      - {key: tls.key, path: key.pem}
      - {key: ca.crt, path: ca.pem}
{{- end }}

{{/* The key that is being replaced, of the ca and its bootstrap; each is empty without. */}}
{{- define "otrp.previousKekArgs" -}}
{{- with .Values.secrets.previousKekCa }}
{{- if or .existingSecret .csi }}
- --previous_kek_file=/run/otrp/previous-kek/{{ .key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "otrp.previousKekMount" -}}
{{- if include "otrp.previousKekArgs" . -}}
- {name: previous-kek-ca, mountPath: /run/otrp/previous-kek, readOnly: true}
{{- end }}
{{- end }}

{{- define "otrp.previousKekVolume" -}}
{{- if include "otrp.previousKekArgs" . -}}
{{ include "otrp.keyVolume" (dict "root" . "which" "previousKekCa") }}
{{- end }}
{{- end }}

{{/*
The token of the authorities' keys: the same for the ca and for its bootstrap,
which makes the first ones. Each of these is empty without a library.
*/}}
{{- define "otrp.pkcs11Args" -}}
{{- with .Values.ca.pkcs11 }}
{{- if .library }}
{{- $_ := required "ca.pkcs11.pin.existingSecret: a token (ca.pkcs11.library) needs the PIN of its user" .pin.existingSecret }}
- --pkcs11_library={{ .library }}
- --pkcs11_pin_file=/run/otrp/pkcs11-pin/{{ .pin.key }}
{{- with .token }}
- --pkcs11_token={{ . }}
{{- end }}
{{- else if .token }}
{{- fail "ca.pkcs11.token: needs ca.pkcs11.library" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "otrp.pkcs11Env" -}}
{{- with .Values.ca.pkcs11 }}
{{- if and .library .env }}
{{- toYaml .env }}
{{- end }}
{{- end }}
{{- end }}

{{- define "otrp.pkcs11Mounts" -}}
{{- with .Values.ca.pkcs11 }}
{{- if .library -}}
- {name: pkcs11-pin, mountPath: /run/otrp/pkcs11-pin, readOnly: true}
{{- with .volumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "otrp.pkcs11Volumes" -}}
{{- with .Values.ca.pkcs11 }}
{{- if .library -}}
- name: pkcs11-pin
  secret:
    secretName: {{ .pin.existingSecret }}
    defaultMode: 0440
    items:
      - {key: {{ .pin.key | quote }}, path: {{ .pin.key | quote }}}
{{- with .volumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
