//! Which other sites may call? Those that `embed.origins` names, exactly.
