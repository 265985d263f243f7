//! What both front ends can do: read, answer, drill, grade, issue. The only module that knows course, store and
//! clock together.
