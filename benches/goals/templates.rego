# The same thirty in the shape of Gatekeeper's templates, for G15: one package a rule, which asks for the review's
# object and the constraint's parameters, leaves out exempt images, and says which container and which field.
package lib

spec := input.review.object.spec

kinds := ["containers", "initContainers", "ephemeralContainers"]

containers contains c if {
	some kind in kinds
	some c in spec[kind]
	not exempt(c)
}

exempt(c) if {
	some image in object.get(object.get(input, "parameters", {}), "exemptImages", [])
	startswith(c.image, image)
}

title := sprintf("%v %v/%v", [
	input.review.object.kind,
	object.get(input.review.object.metadata, "namespace", "default"),
	input.review.object.metadata.name,
])

---

package host_pid

import data.lib

violation contains {"msg": msg} if {
	lib.spec.hostPID
	msg := sprintf("%v: spec.hostPID is true", [lib.title])
}

---

package host_ipc

import data.lib

violation contains {"msg": msg} if {
	lib.spec.hostIPC
	msg := sprintf("%v: spec.hostIPC is true", [lib.title])
}

---

package host_network

import data.lib

violation contains {"msg": msg} if {
	lib.spec.hostNetwork
	msg := sprintf("%v: spec.hostNetwork is true", [lib.title])
}

---

package share_process_namespace

import data.lib

violation contains {"msg": msg} if {
	lib.spec.shareProcessNamespace
	msg := sprintf("%v: spec.shareProcessNamespace is true", [lib.title])
}

---

package default_namespace_used

import data.lib

violation contains {"msg": msg} if {
	object.get(input.review.object.metadata, "namespace", "default") == "default"
	msg := sprintf("%v: metadata.namespace is default", [lib.title])
}

---

package service_account_token_automounted

import data.lib

violation contains {"msg": msg} if {
	object.get(lib.spec, "automountServiceAccountToken", true)
	msg := sprintf("%v: spec.automountServiceAccountToken is not false", [lib.title])
}

---

package service_account_deprecated_field

import data.lib

violation contains {"msg": msg} if {
	lib.spec.serviceAccount
	msg := sprintf("%v: spec.serviceAccount is %v", [lib.title, lib.spec.serviceAccount])
}

---

package control_plane_node_scheduling

import data.lib

violation contains {"msg": msg} if {
	lib.spec.nodeName
	msg := sprintf("%v: spec.nodeName is %v", [lib.title, lib.spec.nodeName])
}

---

package host_aliases

import data.lib

violation contains {"msg": msg} if {
	count(object.get(lib.spec, "hostAliases", [])) > 0
	msg := sprintf("%v: spec.hostAliases is set", [lib.title])
}

---

package hostpath_volume

import data.lib

violation contains {"msg": msg} if {
	some v in lib.spec.volumes
	v.hostPath
	msg := sprintf("%v: volume %v is %v of the node", [lib.title, v.name, v.hostPath.path])
}

---

package hostpath_sensitive_directory

import data.lib

violation contains {"msg": msg} if {
	some v in lib.spec.volumes
	v.hostPath.path in {"/", "/etc", "/proc", "/sys"}
	msg := sprintf("%v: volume %v is %v of the node", [lib.title, v.name, v.hostPath.path])
}

---

package container_runtime_socket_mount

import data.lib

violation contains {"msg": msg} if {
	some v in lib.spec.volumes
	endswith(v.hostPath.path, ".sock")
	msg := sprintf("%v: volume %v is the socket %v", [lib.title, v.name, v.hostPath.path])
}

---

package seccomp_profile_missing

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	not c.securityContext.seccompProfile
	not lib.spec.securityContext.seccompProfile
	msg := sprintf("%v: container %v: securityContext.seccompProfile is not set", [lib.title, c.name])
}

---

package privileged_container

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	c.securityContext.privileged
	msg := sprintf("%v: container %v: securityContext.privileged is true", [lib.title, c.name])
}

---

package privilege_escalation_not_denied

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	object.get(c, ["securityContext", "allowPrivilegeEscalation"], true)
	msg := sprintf("%v: container %v: securityContext.allowPrivilegeEscalation is not false", [lib.title, c.name])
}

---

package root_filesystem_writable

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	not object.get(c, ["securityContext", "readOnlyRootFilesystem"], false)
	msg := sprintf("%v: container %v: securityContext.readOnlyRootFilesystem is not true", [lib.title, c.name])
}

---

package run_as_user_zero

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	c.securityContext.runAsUser == 0
	msg := sprintf("%v: container %v: securityContext.runAsUser is 0", [lib.title, c.name])
}

---

package run_as_non_root_missing

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	not c.securityContext.runAsNonRoot
	not lib.spec.securityContext.runAsNonRoot
	msg := sprintf("%v: container %v: securityContext.runAsNonRoot is not true", [lib.title, c.name])
}

---

package proc_mount_unmasked

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	c.securityContext.procMount == "Unmasked"
	msg := sprintf("%v: container %v: securityContext.procMount is Unmasked", [lib.title, c.name])
}

---

package capabilities_drop_all_missing

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	not "ALL" in object.get(c, ["securityContext", "capabilities", "drop"], [])
	msg := sprintf("%v: container %v: securityContext.capabilities.drop lacks ALL", [lib.title, c.name])
}

---

package capability_sys_admin_added

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	"SYS_ADMIN" in c.securityContext.capabilities.add
	msg := sprintf("%v: container %v: securityContext.capabilities.add has SYS_ADMIN", [lib.title, c.name])
}

---

package capability_net_raw_added

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	"NET_RAW" in c.securityContext.capabilities.add
	msg := sprintf("%v: container %v: securityContext.capabilities.add has NET_RAW", [lib.title, c.name])
}

---

package capability_added_beyond_net_bind_service

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	some added in c.securityContext.capabilities.add
	added != "NET_BIND_SERVICE"
	msg := sprintf("%v: container %v: securityContext.capabilities.add has %v", [lib.title, c.name, added])
}

---

package image_tag_latest

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	endswith(c.image, ":latest")
	msg := sprintf("%v: container %v: image is %v", [lib.title, c.name, c.image])
}

---

package image_registry_deprecated

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	startswith(c.image, "k8s.gcr.io/")
	msg := sprintf("%v: container %v: image is %v", [lib.title, c.name, c.image])
}

---

package secret_literal_in_env

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	some e in c.env
	contains(lower(e.name), "password")
	e.value
	msg := sprintf("%v: container %v: env %v is a literal", [lib.title, c.name, e.name])
}

---

package host_port

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	some p in c.ports
	p.hostPort
	msg := sprintf("%v: container %v: hostPort is %v", [lib.title, c.name, p.hostPort])
}

---

package privileged_port

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	some p in c.ports
	p.containerPort < 1024
	msg := sprintf("%v: container %v: containerPort is %v", [lib.title, c.name, p.containerPort])
}

---

package run_as_user_low_uid

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	c.securityContext.runAsUser < 10000
	msg := sprintf("%v: container %v: securityContext.runAsUser is %v", [lib.title, c.name, c.securityContext.runAsUser])
}

---

package hostpath_writable_mount

import data.lib

violation contains {"msg": msg} if {
	some c in lib.containers
	some m in c.volumeMounts
	some v in lib.spec.volumes
	v.name == m.name
	v.hostPath
	not m.readOnly
	msg := sprintf("%v: container %v: volume %v is mounted writable", [lib.title, c.name, m.name])
}
