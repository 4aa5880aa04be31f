{{- define "lanekeeper.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Of pods of any component of this release. */ -}}
{{- define "lanekeeper.release" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* Of the webhook's pods: what selectors select. Never to be changed, as a Deployment's selector can't be. */ -}}
{{- define "lanekeeper.selector" -}}
{{ include "lanekeeper.release" . }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "lanekeeper.labels" -}}
{{ include "lanekeeper.release" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "lanekeeper.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "lanekeeper.tlsSecret" -}}
{{- if eq .Values.certificates.mode "existing" -}}
{{ required "certificates.existing.secretName is required with certificates.mode existing" .Values.certificates.existing.secretName }}
{{- else -}}
{{ include "lanekeeper.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{- /* What restricted pod security asks of a container. */ -}}
{{- define "lanekeeper.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- /* What restricted pod security asks of a pod. 65532 is the image's user. */ -}}
{{- define "lanekeeper.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}
