# Thirty of our checks as small Rego rules, for G15. They look at the same fields and say less.
package pod

containers contains c if some c in input.spec.containers
containers contains c if some c in input.spec.initContainers

deny contains "host-pid" if input.spec.hostPID
deny contains "host-ipc" if input.spec.hostIPC
deny contains "host-network" if input.spec.hostNetwork
deny contains "share-process-namespace" if input.spec.shareProcessNamespace
deny contains "default-namespace-used" if object.get(input.metadata, "namespace", "default") == "default"
deny contains "service-account-token-automounted" if object.get(input.spec, "automountServiceAccountToken", true)
deny contains "service-account-deprecated-field" if input.spec.serviceAccount
deny contains "control-plane-node-scheduling" if input.spec.nodeName
deny contains "host-aliases" if count(object.get(input.spec, "hostAliases", [])) > 0
deny contains "hostpath-volume" if { some v in input.spec.volumes; v.hostPath }
deny contains "hostpath-sensitive-directory" if { some v in input.spec.volumes; v.hostPath.path in {"/", "/etc", "/proc", "/sys"} }
deny contains "container-runtime-socket-mount" if { some v in input.spec.volumes; endswith(v.hostPath.path, ".sock") }
deny contains "seccomp-profile-missing" if {
	some c in containers
	not c.securityContext.seccompProfile
	not input.spec.securityContext.seccompProfile
}
deny contains "privileged-container" if { some c in containers; c.securityContext.privileged }
deny contains "privilege-escalation-not-denied" if {
	some c in containers
	object.get(c, ["securityContext", "allowPrivilegeEscalation"], true)
}
deny contains "root-filesystem-writable" if {
	some c in containers
	not object.get(c, ["securityContext", "readOnlyRootFilesystem"], false)
}
deny contains "run-as-user-zero" if { some c in containers; c.securityContext.runAsUser == 0 }
deny contains "run-as-non-root-missing" if {
	some c in containers
	not c.securityContext.runAsNonRoot
	not input.spec.securityContext.runAsNonRoot
}
deny contains "proc-mount-unmasked" if { some c in containers; c.securityContext.procMount == "Unmasked" }
deny contains "capabilities-drop-all-missing" if {
	some c in containers
	not "ALL" in object.get(c, ["securityContext", "capabilities", "drop"], [])
}
deny contains "capability-sys-admin-added" if { some c in containers; "SYS_ADMIN" in c.securityContext.capabilities.add }
deny contains "capability-net-raw-added" if { some c in containers; "NET_RAW" in c.securityContext.capabilities.add }
deny contains "capability-added-beyond-net-bind-service" if {
	some c in containers
	some added in c.securityContext.capabilities.add
	added != "NET_BIND_SERVICE"
}
deny contains "image-tag-latest" if { some c in containers; endswith(c.image, ":latest") }
deny contains "image-registry-deprecated" if { some c in containers; startswith(c.image, "k8s.gcr.io/") }
deny contains "secret-literal-in-env" if {
	some c in containers
	some e in c.env
	contains(lower(e.name), "password")
	e.value
}
deny contains "host-port" if { some c in containers; some p in c.ports; p.hostPort }
deny contains "privileged-port" if { some c in containers; some p in c.ports; p.containerPort < 1024 }
deny contains "run-as-user-low-uid" if { some c in containers; c.securityContext.runAsUser < 10000 }
deny contains "hostpath-writable-mount" if {
	some c in containers
	some m in c.volumeMounts
	some v in input.spec.volumes
	v.name == m.name
	v.hostPath
	not m.readOnly
}
