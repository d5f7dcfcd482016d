{{- define "pullproof.fullname" -}}
{{- $name := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-pullproof" .Release.Name) (contains "pullproof" .Release.Name)) -}}
{{- $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels of every object; selectors hold the release's name, so that two releases never share Pods. */}}
{{- define "pullproof.selector" -}}
app.kubernetes.io/name: pullproof
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "pullproof.labels" -}}
{{ include "pullproof.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: pullproof
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* A word such as enforce; `off` without quotes is a boolean in YAML, and is meant all the same. */}}
{{- define "pullproof.word" -}}
{{- if kindIs "bool" . }}off{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* The settings as the programs read them. */}}
{{- define "pullproof.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "mode" (include "pullproof.word" $config.mode) -}}
{{- range $rule, $action := $config.policy -}}
{{- $_ := set $config.policy $rule (include "pullproof.word" $action) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "pullproof.image" -}}
{{- $registry := .Values.global.imageRegistry | default .Values.image.registry -}}
{{- $name := .Values.image.repository -}}
{{- if $registry }}{{ $name = printf "%s/%s" $registry $name }}{{ end -}}
{{- if .Values.image.digest -}}
{{ printf "%s@%s" $name .Values.image.digest }}
{{- else -}}
{{ printf "%s:%s" $name (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}
{{- end -}}

{{/* What every Pod of ours has in common: the restricted Pod Security Standard, by default. */}}
{{- define "pullproof.podSpec" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
nodeSelector:
  kubernetes.io/os: linux
  {{- with .Values.nodeSelector }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "pullproof.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "pullproof.env" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "pullproof.probes" -}}
livenessProbe:
  httpGet: {path: /healthz, port: health}
  initialDelaySeconds: 10
  periodSeconds: 15
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /readyz, port: health}
  periodSeconds: 3
  timeoutSeconds: 3
startupProbe:
  httpGet: {path: /healthz, port: health}
  periodSeconds: 1
  failureThreshold: 60
{{- end -}}

{{/* The Secret with the secret path: the guardian's, or all of it from a Secret that somebody keeps. */}}
{{- define "pullproof.secret" -}}
{{- if .Values.guardian.enabled }}{{ include "pullproof.fullname" . }}-webhook{{ else }}{{ .Values.certificates.existingSecret }}{{ end -}}
{{- end -}}

{{/* The Secret with tls.crt and tls.key. */}}
{{- define "pullproof.tlsSecret" -}}
{{- if eq .Values.certificates.mode "self" }}{{ include "pullproof.secret" . -}}
{{- else if eq .Values.certificates.mode "certManager" }}{{ include "pullproof.fullname" . }}-webhook-tls
{{- else }}{{ .Values.certificates.existingSecret }}{{ end -}}
{{- end -}}

{{/* Values that contradict each other are refused with a sentence. */}}
{{- define "pullproof.check" -}}
{{- if eq .Release.Namespace "kube-system" }}
{{- fail "pullproof must not be installed in kube-system: its own namespace is excluded from what it checks" }}
{{- end }}
{{- if eq .Values.webhook.failurePolicy "Fail" }}
{{- if lt (int .Values.webhook.replicas) 2 }}
{{- fail "webhook.failurePolicy: Fail needs webhook.replicas of 2 or more: with one, a restart refuses every Pod" }}
{{- end }}
{{- if not .Values.webhook.clientAuthority }}
{{- fail "webhook.failurePolicy: Fail needs webhook.clientAuthority (the PEM that signs the API server's client certificate): errors of the API server show the secret path to users" }}
{{- end }}
{{- end }}
{{- if and (not .Values.guardian.enabled) (eq .Values.certificates.mode "self") }}
{{- fail "guardian.enabled: false needs certificates.mode: secret: nobody else makes the certificates" }}
{{- end }}
{{- if and (not .Values.guardian.enabled) (eq .Values.certificates.mode "certManager") }}
{{- fail "certificates.mode: certManager needs the guardian, which keeps the secret path" }}
{{- end }}
{{- if and (not .Values.guardian.enabled) (not .Values.certificates.path) }}
{{- fail "guardian.enabled: false needs certificates.path: nobody else puts the secret path into the webhook configuration" }}
{{- end }}
{{- if and .Values.guardian.enabled .Values.certificates.path }}
{{- fail "certificates.path is for guardian.enabled: false only: the guardian makes a path of its own" }}
{{- end }}
{{- if and (ne .Values.certificates.mode "secret") (or .Values.certificates.existingSecret .Values.certificates.caBundle) }}
{{- fail "certificates.existingSecret and caBundle are for certificates.mode: secret only" }}
{{- end }}
{{- if and (ne .Values.config.credentials.mode "namespaces") .Values.config.credentials.namespaces }}
{{- fail "config.credentials.namespaces has no effect without config.credentials.mode: namespaces" }}
{{- end }}
{{- if eq (int .Values.webhook.port) (int .Values.webhook.healthPort) }}
{{- fail "webhook.port and webhook.healthPort must differ: the TLS port serves reviews and nothing else" }}
{{- end }}
{{- if and (eq .Values.certificates.mode "secret") (not .Values.certificates.existingSecret) }}
{{- fail "certificates.mode: secret needs certificates.existingSecret" }}
{{- end }}
{{- if and (eq .Values.config.credentials.mode "namespaces") (not .Values.config.credentials.namespaces) }}
{{- fail "config.credentials.mode: namespaces needs config.credentials.namespaces" }}
{{- end }}
{{- end -}}
