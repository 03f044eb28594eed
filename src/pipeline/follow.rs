//! A run that follows another one, some models of which changed and nothing else: what all others became is taken over.
//!
//! It costs what the changed models cost, however many there are. Where one of them is wrong, or has to do with others, the
//! run is made from the beginning: that is never wrong.

use super::constraints::Teller;
use super::run::Run;
use super::stages::Stages;

impl Stages<'_> {
    /// Does everything for the models at some places of the run before; `None` where that will not do.
    pub(super) fn follow(&mut self, before: &Run, places: &[usize]) -> Option<()> {
        let mut files = Vec::new();
        for at in places {
            let path = &before.models[*at].path;
            let shown = self.world.look(path).ok()??.shown.clone();
            self.run.sources.reopen(&shown);
            files.push(self.reader().read(path).filter(|f| f.is_own)?);
        }
        let models = self.models(&files);
        let mut teller = Teller {
            reread: self.memory.findings.reread,
        };
        let held = self.hold(&models, &mut teller);
        self.is_right()?;
        let compiled = self.memory.compiled.clone();
        self.transform(&models, &compiled.transforms);
        self.is_right()?;
        self.hold_again((&models, held), &mut teller);
        self.is_right()?;
        self.print(&compiled.templates);
        self.is_right()?;
        self.memory.findings.reread = teller.reread;
        if Teller::is_tired(teller.reread) {
            return None;
        }
        let made = std::mem::replace(&mut self.run.models, before.models.clone());
        for (at, model) in places.iter().zip(&made) {
            *self.run.models.get_mut(*at)? = model.clone();
        }
        self.run.sort_repairs();
        let is_right = self.memory.together.follows((self.run, before), places);
        is_right.then_some(())
    }

    fn is_right(&self) -> Option<()> {
        (!self.run.diagnostics.has_errors()).then_some(())
    }
}
