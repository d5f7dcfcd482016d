{{/*
What the API server keeps to itself, by CEL. Each condition must be true for a review to be sent.
An expression that fails counts as a failed call, so every optional field stands behind has().
*/}}
{{- define "pullproof.conditions.pods" -}}
- name: not-being-deleted
  expression: "!has(object.metadata.deletionTimestamp)"
- name: not-a-static-pod
  expression: "!has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)"
- name: an-image-changed
  expression: >-
    request.operation == 'CREATE' || {{ include "pullproof.changed" "spec" }}
{{- end -}}

{{- define "pullproof.conditions.workloads" -}}
- name: not-being-deleted
  expression: "!has(object.metadata.deletionTimestamp)"
- name: not-made-by-a-controller
  expression: >-
    !has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)
- name: an-image-changed
  expression: >-
    request.operation == 'CREATE' ||
    (request.kind.kind == 'CronJob'
    ? ({{ include "pullproof.changed" "spec.jobTemplate.spec.template.spec" }})
    : (!has(object.spec.template) || !has(oldObject.spec.template) || {{ include "pullproof.changed" "spec.template.spec" }}))
{{- end -}}

{{/* Whether the images under a path differ between the old object and the new one; one line of CEL. */}}
{{- define "pullproof.changed" -}}
{{- $parts := list -}}
{{- range list "containers" "initContainers" "ephemeralContainers" -}}
{{- if not (and (eq . "ephemeralContainers") (ne $ "spec")) -}}
{{- $parts = append $parts (printf "%s != %s" (include "pullproof.images" (printf "object.%s.%s" $ .)) (include "pullproof.images" (printf "oldObject.%s.%s" $ .))) -}}
{{- end -}}
{{- end -}}
{{- $volumes := "(has(%s.volumes) ? %s.volumes.filter(v, has(v.image) && has(v.image.reference)).map(v, v.image.reference) : [])" -}}
{{- $new := printf "object.%s" $ -}}
{{- $old := printf "oldObject.%s" $ -}}
{{- $parts = append $parts (printf "%s != %s" (printf $volumes $new $new) (printf $volumes $old $old)) -}}
{{- join " || " $parts -}}
{{- end -}}

{{- define "pullproof.images" -}}
(has({{ . }}) ? {{ . }}.map(c, has(c.image) ? c.image : '') : [])
{{- end -}}
