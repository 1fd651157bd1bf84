
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_email_once'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='phone_verified_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='phone proved at'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, error_messages={'unique': 'This e-mail address has an account already.'}, help_text='Empty only for those who sign in with a code by SMS.', max_length=254, null=True, unique=True, verbose_name='e-mail address'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(condition=models.Q(('phone_verified_at', None), _negated=True), fields=('phone',), name='user_proved_phone_once'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(condition=models.Q(('email', None)), fields=('phone',), name='user_phone_alone_once'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('is_staff', False), models.Q(('email', None), _negated=True), _connector='OR'), name='user_staff_has_email'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email', None), _negated=True), models.Q(('phone', ''), _negated=True), _connector='OR'), name='user_has_an_address'),
        ),
    ]
