//! Aurora DSQL: token, connect, split, apply.
