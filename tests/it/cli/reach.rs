//! `reach`: one connection with its reasons, many as a list, a change as what it opens and closes.

use super::{Sealegs, write};

const SHOP: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: r.example/web:1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: r.example/db:1}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: api}}}]
    ports: [{port: 5432}]
";

#[test]
fn one_connection_is_told_with_the_line_that_decides() {
    let s = Sealegs::new();
    write(s.home(), "m/shop.yaml", SHOP);
    let ran = s.run(&["reach", "--from", "shop/web", "--to", "shop/db:5432", "m"]);
    assert!(ran.out.starts_with("denied     shop/web -> shop/db on 5432/TCP\n"), "{}", ran.out);
    assert!(ran.out.contains("policy shop/db") && ran.out.contains("(m/shop.yaml:15:3)"), "{}", ran.out);
    assert!(ran.out.contains("is about 5432/TCP, but shop/web is none of its peers"), "{}", ran.out);
    assert_eq!(ran.code, 1);
    let ran = s.run(&["reach", "--from", "shop/db", "--to", "203.0.113.7:443", "m"]);
    assert!(ran.out.contains("no policy selects shop/db for egress") && ran.code == 0, "{}", ran.out);
    let ran = s.run(&["reach", "--from", "shop/db", "--to", "[2001:db8::1]:443", "m"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn all_pairs_are_a_list_and_json_has_reasons_with_places() {
    let s = Sealegs::new();
    write(s.home(), "shop.yaml", SHOP);
    let ran = s.run(&["reach", "--port", "5432", "shop.yaml"]);
    assert!(ran.out.contains("allowed    shop/db -> shop/web on 5432/TCP"), "{}", ran.out);
    assert!(ran.out.ends_with("1 of 2 connections pass; ask for one alone to see why\n"), "{}", ran.out);
    let ran = s.feed(&["reach", "--from", "shop/web", "--to", "shop/db:80", "--format", "json", "-"], SHOP);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let one = &json["connections"][0];
    assert_eq!((&one["answer"], &one["port"]), (&"denied".into(), &80.into()));
    assert_eq!(one["because"][0]["line"], 15);
}

#[test]
fn a_change_is_told_by_what_it_opens_and_closes() {
    let s = Sealegs::new();
    write(s.home(), "old/shop.yaml", SHOP);
    write(s.home(), "new/shop.yaml", &SHOP.replace("app: api", "app: web"));
    let ran = s.run(&["reach", "--to", "shop/db:5432", "--diff", "old", "new"]);
    assert!(ran.out.starts_with("denied -> allowed: shop/web -> shop/db on 5432/TCP\n"), "{}", ran.out);
    assert!(ran.out.ends_with("1 differs\n") && ran.code == 1, "{}", ran.out);
    let ran = s.run(&["reach", "--to", "shop/db:5432", "--diff", "old", "old"]);
    assert_eq!((ran.out.as_str(), ran.code), ("nothing differs\n", 0));
}

#[test]
fn a_wrong_question_and_what_cannot_be_judged() {
    let s = Sealegs::new();
    write(s.home(), "shop.yaml", SHOP);
    write(s.home(), "broken.yaml", "a: [\n");
    write(
        s.home(),
        "odd.yaml",
        &SHOP.replace("podSelector: {matchLabels: {app: api}}", "ipBlock: {cidr: 10.0.0.0/99}"),
    );
    for (args, says) in [
        (["--from", "shop/nobody", "--to", "shop/db:1", "shop.yaml"], "no object makes such a pod"),
        (["--from", "shop/web", "--to", "shop/db:http", "shop.yaml"], "is no port"),
        (["--from", "shop/web", "--to", "shop/db:1", "missing"], "missing"),
    ] {
        let ran = s.run(&[&["reach"][..], &args].concat());
        assert!(ran.code == 2 && ran.err.contains(says), "{says}: {}{}", ran.out, ran.err);
    }
    let ran = s.run(&["reach", "--from", "shop/web", "--to", "shop/db:1", "shop.yaml", "broken.yaml"]);
    assert!(ran.code == 3 && ran.out.contains("not read: broken.yaml:"), "{}", ran.out);
    let ran = s.run(&["reach", "--from", "shop/web", "--to", "shop/db:1", "odd.yaml"]);
    assert!(ran.code == 3 && ran.out.contains("the API server refuses policy shop/db"), "{}", ran.out);
}

#[test]
fn a_service_is_asked_through_its_pods() {
    let s = Sealegs::new();
    let service = "\n---\n{apiVersion: v1, kind: Pod, metadata: {name: api, namespace: shop, labels: {app: api}}, spec: {containers: [{name: c, image: x}]}}\n---\n{apiVersion: v1, kind: Service, metadata: {name: data, namespace: shop}, spec: {selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}}\n";
    std::fs::write(s.home().join("shop.yaml"), format!("{SHOP}{service}")).unwrap();
    let ran = s.run(&["reach", "--from", "shop/api", "--to", "shop/service/data:80", "shop.yaml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("shop/api -> shop/service/data on 80/TCP"), "{}", ran.out);
    assert!(ran.out.contains("leads 80/TCP to 5432 of shop/db"), "{}", ran.out);
    let ran = s.run(&["reach", "--from", "shop/web", "--to", "shop/service/data:5432", "shop.yaml"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
}
